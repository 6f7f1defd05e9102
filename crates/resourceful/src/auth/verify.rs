//! Verifies access tokens: from a token to its caller.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::claims::{Claims, Expected, Verified};
use super::clock::{Clock, SystemClock};
use super::discovery::{Discovery, KeysAt};
use super::dpop::{Dpop, DpopRequest, ProofStore};
use super::fetch::FetchKeys;
use super::header::{Jws, MAX_TOKEN_LENGTH};
use super::jwks::KeySet;
use super::keys::{KeySource, KeysState, Timing};
use super::rejection::{Rejection, quoted};
use super::settings::{AuthSettings, KeyLocation, SettingsError, audience_problem};
use super::token_cache::VerifiedTokens;
use super::{Algorithm, ClaimNames, selfcheck};
use crate::actor::CurrentUser;
use crate::error::Result;

/// Verifies access tokens.
///
/// Cheap to clone: all clones share the key sets and the token cache, so a server needs one verifier for all its
/// threads.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuers: Vec<Issuer>,
    leeway: f64,
    names: ClaimNames,
    permissions_in_scope: bool,
    dpop: Option<Dpop>,
    token_cache: Option<VerifiedTokens>,
    clock: Arc<dyn Clock>,
}

struct Issuer {
    name: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    keys: KeySource,
}

impl Verifier {
    /// Creates a verifier that fetches the key sets of the issuers over HTTP, each when it is first needed.
    ///
    /// # Errors
    /// If the settings are invalid, or the self-check of the cryptographic library fails.
    pub fn new(settings: AuthSettings) -> Result<Self, SettingsError> {
        Self::builder(settings).build()
    }

    /// Creates a verifier for one issuer with fixed keys, with RS256 and otherwise default settings: for the
    /// [development issuer](super::DevIssuer) and for tests.
    ///
    /// # Errors
    /// If `jwks` is not a JWK set or has no usable key, or if the audience is empty.
    pub fn with_static_keys(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        jwks: &str,
    ) -> Result<Self, SettingsError> {
        Self::builder(AuthSettings::default()).static_issuer(issuer, audience, jwks).build()
    }

    /// A builder for a verifier.
    pub fn builder(settings: AuthSettings) -> VerifierBuilder {
        VerifierBuilder {
            settings,
            fixed: Vec::new(),
            fetch: None,
            proofs: None,
            clock: Arc::new(SystemClock),
            timing: Timing::default(),
            problems: Vec::new(),
        }
    }

    /// Verifies a bearer token and returns its caller.
    ///
    /// The issuer that the token names must be one of the configured issuers. Its keys verify the signature. Then `iss`,
    /// `aud`, `exp`, `nbf`, `iat`, `sub` and the claims of the [`CurrentUser`] are checked (RFC 7519 section 7.2, RFC
    /// 8725 section 3).
    ///
    /// # Errors
    /// 401 `invalid-token` if the token is not valid, with one fixed sentence for each cause and the details as the
    /// error's source; 503 `auth-keys-unavailable` with a `Retry-After` if the token's key cannot be fetched.
    pub async fn verify(&self, token: &str) -> Result<Arc<CurrentUser>> {
        if self.0.dpop.as_ref().is_some_and(Dpop::is_required) {
            return Err(Rejection::BearerOff.into());
        }
        let verified = self.verified(token).await?;
        // Otherwise a stolen bound token could be used without a proof (RFC 9449 section 7.2).
        match verified.bound_to {
            Some(_) => Err(Rejection::Bound.into()),
            None => Ok(verified.user.clone()),
        }
    }

    /// Verifies a token that is bound to a key, and the request's proof for it (RFC 9449 section 7.1).
    ///
    /// # Errors
    /// As [`verify`](Self::verify); 401 `invalid-token` for a token that is not bound, and for every token if
    /// [`DpopSettings::mode`](super::DpopSettings::mode) is off; 401 `invalid-dpop-proof` for an invalid proof.
    pub async fn verify_bound(&self, token: &str, request: &DpopRequest<'_>) -> Result<Arc<CurrentUser>> {
        let Some(dpop) = &self.0.dpop else { return Err(Rejection::Unbound.into()) };
        let verified = self.verified(token).await?;
        let bound_to = verified.bound_to.as_ref().ok_or(Rejection::Unbound)?;
        let proof = dpop.check(request, token, bound_to, self.0.clock.as_ref())?;
        dpop.use_once(proof, &verified.user, self.0.clock.as_ref()).await?;
        Ok(verified.user.clone())
    }

    /// The issuers whose keys are fetched, and how their keys are.
    pub(crate) fn key_sets(&self) -> impl Iterator<Item = (&str, KeysState)> {
        self.0.issuers.iter().filter_map(|issuer| Some((issuer.name.as_str(), issuer.keys.state()?)))
    }

    /// The signature algorithms of proofs, in the form of a challenge; `None` if DPoP is off.
    pub fn dpop_algorithms(&self) -> Option<&str> {
        self.0.dpop.as_ref().map(Dpop::algorithms)
    }

    /// Whether a token that is not bound to a key is accepted.
    pub fn accepts_bearer(&self) -> bool {
        !self.0.dpop.as_ref().is_some_and(Dpop::is_required)
    }

    /// Whether a permission is valid only if the token's scope also contains it.
    pub fn permissions_in_scope(&self) -> bool {
        self.0.permissions_in_scope
    }

    /// Verifies a token, or finds it in the token cache.
    pub(crate) async fn verified(&self, token: &str) -> Result<Arc<Verified>> {
        let Some(cache) = self.0.token_cache.as_ref().filter(|_| token.len() <= MAX_TOKEN_LENGTH) else {
            return self.examine(token).await.map(Arc::new);
        };
        let cache_key = cache.key_of(token);
        if let Some(verified) = cache.get(&cache_key, self.0.clock.instant()) {
            verified.check_times(self.0.leeway, self.0.clock.seconds())?;
            return Ok(verified);
        }
        let verified = Arc::new(self.examine(token).await?);
        cache.put(&cache_key, &verified, self.0.clock.instant());
        Ok(verified)
    }

    async fn examine(&self, token: &str) -> Result<Verified> {
        let jws = Jws::parse(token)?;
        let kid = jws.kid()?;
        let claims = Claims::parse(jws.payload())?;
        let issuer = self.issuer(claims.issuer()?)?;
        jws.check_algorithm(&issuer.algorithms)?;
        let key = issuer.keys.key(kid, jws.algorithm()).await?;
        jws.check_signature(&key)?;
        let expected = Expected {
            issuer: &issuer.name,
            audiences: &issuer.audiences,
            leeway: self.0.leeway,
            names: &self.0.names,
            may_be_bound: self.0.dpop.is_some(),
            permissions_in_scope: self.0.permissions_in_scope,
        };
        claims.check(&expected, self.0.clock.seconds())
    }

    /// How many usable keys each issuer has, fetched now unless they are known.
    pub(crate) async fn check_keys(&self) -> Vec<(String, Result<usize>)> {
        let mut all = Vec::new();
        for issuer in &self.0.issuers {
            all.push((issuer.name.clone(), issuer.keys.count().await));
        }
        all
    }

    #[cfg(test)]
    pub(crate) fn token_cache(&self) -> &VerifiedTokens {
        self.0.token_cache.as_ref().unwrap()
    }

    /// The configured issuer with this name. The names must be exactly equal, including a slash at the end (OpenID Connect
    /// Core section 3.1.3.7).
    fn issuer(&self, name: &str) -> Result<&Issuer> {
        let known = self.0.issuers.iter().find(|issuer| issuer.name == name);
        known.ok_or_else(|| Rejection::Issuer.because(format!("iss is {}", quoted(name))))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<&str> = self.0.issuers.iter().map(|issuer| issuer.name.as_str()).collect();
        f.debug_struct("Verifier").field("issuers", &issuers).finish_non_exhaustive()
    }
}

/// Checks a token's form, algorithm and signature, and returns its payload. It does not check claims. It is for test
/// suites of signatures; applications use a [`Verifier`].
///
/// A [`Verifier`] uses the same code, with one difference: a token without a key id is checked with the only key of the
/// set here, and a [`Verifier`] refuses it.
///
/// # Errors
/// 401 `invalid-token`.
pub fn verify_jws(token: &str, keys: &KeySet, algorithms: &[Algorithm]) -> Result<Vec<u8>> {
    let jws = Jws::parse(token)?;
    jws.check_algorithm(algorithms)?;
    jws.check_signature(jws.key_of(keys).ok_or(Rejection::UnknownKey)?)?;
    Ok(jws.into_payload())
}

/// Builds a [`Verifier`].
pub struct VerifierBuilder {
    settings: AuthSettings,
    fixed: Vec<Issuer>,
    fetch: Option<Arc<dyn FetchKeys>>,
    proofs: Option<Arc<dyn ProofStore>>,
    clock: Arc<dyn Clock>,
    timing: Timing,
    problems: Vec<String>,
}

impl VerifierBuilder {
    /// Adds an issuer with fixed keys, with RS256.
    #[must_use]
    pub fn static_issuer(
        mut self,
        issuer: impl Into<String>,
        audience: impl Into<String>,
        jwks: &str,
    ) -> VerifierBuilder {
        let name = issuer.into();
        let audiences = vec![audience.into()];
        if self.fixed.iter().any(|known| known.name == name) {
            self.problems.push(format!("The issuer {name:?} is listed twice"));
        }
        if let Some(problem) = audience_problem(&audiences) {
            self.problems.push(format!("The issuer {name:?} {problem}"));
        }
        match KeySet::parse(jwks.as_bytes()) {
            Err(error) => self.problems.push(format!("The keys of the issuer {name:?} cannot be read: {error}")),
            Ok(keys) if keys.is_empty() => self.problems.push(format!("The issuer {name:?} has no usable key")),
            Ok(keys) => {
                let keys = KeySource::fixed(keys);
                self.fixed.push(Issuer { name, audiences, algorithms: vec![Algorithm::RS256], keys });
            }
        }
        self
    }

    /// Sets how key sets are fetched, instead of over HTTP.
    #[must_use]
    pub fn fetch_with(mut self, fetch: impl FetchKeys) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Shares used DPoP proofs with other processes, so that all processes together accept each proof once. If the
    /// store does not respond, each process still refuses the proofs that it has seen itself.
    #[must_use]
    pub fn share_proofs(mut self, store: impl ProofStore) -> Self {
        self.proofs = Some(Arc::new(store));
        self
    }

    #[cfg(test)]
    pub(crate) fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    #[cfg(all(test, feature = "jwks-http"))]
    pub(crate) fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Creates the verifier.
    ///
    /// # Errors
    /// If the settings are invalid (the error names all problems), if there is no way to fetch key sets, or if the
    /// self-check of the cryptographic library fails.
    pub fn build(mut self) -> Result<Verifier, SettingsError> {
        self.problems.extend(self.settings.problems());
        let twice = |fixed: &&Issuer| self.settings.issuers.iter().any(|other| other.issuer == fixed.name);
        let twice = self.fixed.iter().filter(twice).map(|fixed| format!("The issuer {:?} is listed twice", fixed.name));
        self.problems.extend(twice);
        if self.settings.issuers.is_empty() && self.fixed.is_empty() && self.problems.is_empty() {
            self.problems.push("There is no issuer whose tokens are accepted".to_owned());
        }
        if !self.problems.is_empty() {
            return Err(SettingsError { problems: self.problems });
        }
        selfcheck::run()?;
        let names = self.settings.claims.clone();
        let dpop = Dpop::new(&self.settings.dpop, self.settings.leeway, self.proofs);
        let changes = Arc::new(AtomicU64::new(0));
        let token_cache = VerifiedTokens::new(self.settings.token_cache, changes.clone());
        let mut issuers = self.fixed;
        if !self.settings.issuers.is_empty() {
            let fetch = match self.fetch {
                Some(fetch) => fetch,
                None => default_fetch(&self.timing, &self.settings)?,
            };
            let allow_http = self.settings.allow_http;
            // Each issuer has its own key source, even if two use one URL: a key verifies only its issuer's tokens.
            issuers.extend(self.settings.issuers.into_iter().map(|settings| {
                let at = match settings.keys {
                    KeyLocation::Url(url) => KeysAt::Fixed(url),
                    KeyLocation::Discovery { origins } => {
                        KeysAt::Discovered(Discovery::new(settings.issuer.clone(), &origins, allow_http))
                    }
                };
                Issuer {
                    name: settings.issuer,
                    audiences: settings.audiences,
                    algorithms: settings.algorithms,
                    keys: KeySource::fetched(at, fetch.clone(), self.clock.clone(), self.timing, changes.clone()),
                }
            }));
        }
        Ok(Verifier(Arc::new(Inner {
            issuers,
            leeway: self.settings.leeway.as_secs_f64(),
            names,
            permissions_in_scope: self.settings.permissions_in_scope,
            dpop,
            token_cache,
            clock: self.clock,
        })))
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(feature = "jwks-http")]
fn default_fetch(timing: &Timing, settings: &AuthSettings) -> Result<Arc<dyn FetchKeys>, SettingsError> {
    let reach = super::Reach { http: settings.allow_http, private: settings.allow_private };
    match super::HttpFetch::new(timing.timeout, reach) {
        Ok(fetch) => Ok(Arc::new(fetch)),
        Err(error) => Err(SettingsError::new(format!("Key sets cannot be fetched over HTTP: {error:?}"))),
    }
}

#[cfg(not(feature = "jwks-http"))]
fn default_fetch(_: &Timing, _: &AuthSettings) -> Result<Arc<dyn FetchKeys>, SettingsError> {
    Err(SettingsError::new("There is no way to fetch key sets: enable the feature jwks-http, or call fetch_with"))
}

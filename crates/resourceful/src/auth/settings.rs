//! What a verifier is built from.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::{Algorithm, ClaimNames, DpopSettings, TokenCache};

/// The longest leeway that can be set.
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// The settings of a [`Verifier`](super::Verifier).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthSettings {
    /// Whose tokens are accepted. A custom domain is an issuer of its own.
    pub issuers: Vec<IssuerSettings>,
    /// How far the issuer's clock may differ from ours: 30 seconds by default, [`MAX_LEEWAY`] at most.
    pub leeway: Duration,
    /// The claim with the permissions, `permissions` by default; see [`ClaimNames`].
    pub permissions_claim: String,
    /// The claim with the roles, `roles` by default.
    pub roles_claim: String,
    /// The claim with the e-mail address, `email` by default.
    pub email_claim: String,
    /// Lets key sets be fetched over plain HTTP: for tests and development only.
    pub allow_http: bool,
    /// Only the permissions that the `scope` claim names too count; off by default.
    ///
    /// Auth0 puts all permissions of the user into `permissions`, whatever the application asked for, and what the
    /// application asked for and was granted into `scope`. With this a token in the hands of an application that asked
    /// for less opens less. Applications must then ask for each permission as a scope.
    pub permissions_in_scope: bool,
    /// How many verified tokens are remembered for a minute.
    pub token_cache: TokenCache,
    /// Tokens that are bound to a key of the client.
    pub dpop: DpopSettings,
}

/// One issuer. Its keys verify its own tokens only, even where two issuers name one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The exact `iss` claim. Auth0 ends it with a slash: `https://tenant.eu.auth0.com/`.
    pub issuer: String,
    /// Where its key set is; for Auth0 `https://tenant.eu.auth0.com/.well-known/jwks.json`.
    pub jwks_url: String,
    /// The `aud` claims that mean this API, one of which a token must have.
    pub audiences: Vec<String>,
    /// The algorithms it signs with.
    pub algorithms: Vec<Algorithm>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        let ClaimNames { permissions, roles, email } = ClaimNames::default();
        Self {
            issuers: Vec::new(),
            leeway: Duration::from_secs(30),
            permissions_claim: permissions,
            roles_claim: roles,
            email_claim: email,
            allow_http: false,
            permissions_in_scope: false,
            token_cache: TokenCache::default(),
            dpop: DpopSettings::default(),
        }
    }
}

impl IssuerSettings {
    /// An Auth0 tenant, or a custom domain of one, with RS256: `tenant.eu.auth0.com` becomes the issuer
    /// `https://tenant.eu.auth0.com/`.
    pub fn auth0(domain: &str, audience: impl Into<String>) -> Self {
        let base = format!("https://{}/", domain.trim_end_matches('/'));
        Self {
            jwks_url: format!("{base}.well-known/jwks.json"),
            issuer: base,
            audiences: vec![audience.into()],
            algorithms: vec![Algorithm::RS256],
        }
    }
}

impl AuthSettings {
    /// The names of the claims.
    pub fn claim_names(&self) -> ClaimNames {
        ClaimNames {
            permissions: self.permissions_claim.clone(),
            roles: self.roles_claim.clone(),
            email: self.email_claim.clone(),
        }
    }

    /// Everything that is wrong with the settings, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.leeway > MAX_LEEWAY {
            problems.push(format!("The leeway of {:?} is over {MAX_LEEWAY:?}", self.leeway));
        }
        problems.extend(self.dpop.problems());
        let mut seen = HashSet::new();
        for settings in &self.issuers {
            let issuer = &settings.issuer;
            if !seen.insert(issuer) {
                problems.push(format!("The issuer {issuer:?} is listed twice"));
            }
            problems
                .extend(settings.problems(self.allow_http).map(|problem| format!("The issuer {issuer:?} {problem}")));
        }
        problems
    }
}

impl IssuerSettings {
    fn problems(&self, allow_http: bool) -> impl Iterator<Item = String> {
        let url = match Url::parse(&self.jwks_url) {
            Err(error) => Some(format!("has a key set address that is no URL: {error}")),
            Ok(url) if url.scheme() != "https" && !(allow_http && url.scheme() == "http") => {
                Some("has a key set address that does not begin with https://".to_owned())
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() => {
                Some("has a key set address with a user or a fragment".to_owned())
            }
            Ok(_) => None,
        };
        let audience = audience_problem(&self.audiences).map(str::to_owned);
        let issuer = self.issuer.is_empty().then(|| "is empty".to_owned());
        let algorithms = self.algorithms.is_empty().then(|| "has no algorithms".to_owned());
        [issuer, url, audience, algorithms].into_iter().flatten()
    }
}

/// Without an audience a token for any other API of the tenant would do (RFC 8725 section 3.9).
pub(crate) fn audience_problem(audiences: &[String]) -> Option<&'static str> {
    match audiences {
        [] => Some("has no audience"),
        list if list.iter().any(String::is_empty) => Some("has an empty audience"),
        _ => None,
    }
}

/// No verifier can be built from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
}

impl SettingsError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()] }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl std::error::Error for SettingsError {}

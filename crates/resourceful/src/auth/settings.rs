//! What a verifier is built from.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::ip_filter;
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
    /// The names of the claims.
    pub claims: ClaimNames,
    /// Lets key sets and metadata be fetched over plain HTTP: for tests and development only.
    pub allow_http: bool,
    /// Lets key sets and metadata be fetched from addresses that are not of the open internet (loopback, private and
    /// link-local networks and others): for tests, and for an issuer inside the company's network. Off by default,
    /// so that no name and no metadata can lead the server to its own neighbours.
    pub allow_private: bool,
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
    /// Where its key set is.
    pub keys: KeyLocation,
    /// The `aud` claims that mean this API, one of which a token must have.
    pub audiences: Vec<String>,
    /// The algorithms it signs with.
    pub algorithms: Vec<Algorithm>,
}

/// Where an issuer publishes its key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// At this address; for Auth0 `https://tenant.eu.auth0.com/.well-known/jwks.json`.
    Url(String),
    /// Where the issuer's metadata says: `jwks_uri` of `/.well-known/openid-configuration` below the issuer (OpenID
    /// Connect Discovery 1.0 section 4). It costs one more request, once an hour at most. The metadata must name the
    /// issuer letter by letter, and the key set must be of the issuer's own origin.
    Discovery {
        /// Further origins that the key set may have, such as `https://www.googleapis.com`.
        origins: Vec<String>,
    },
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            leeway: Duration::from_secs(30),
            claims: ClaimNames::default(),
            allow_http: false,
            allow_private: false,
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
            keys: KeyLocation::Url(format!("{base}.well-known/jwks.json")),
            issuer: base,
            audiences: vec![audience.into()],
            algorithms: vec![Algorithm::RS256],
        }
    }

    /// Any issuer with OpenID Connect metadata, with RS256. `issuer` is the exact `iss` of its tokens, an address such as
    /// `https://login.example.com/realms/main`.
    pub fn discovered(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            keys: KeyLocation::Discovery { origins: Vec::new() },
            audiences: vec![audience.into()],
            algorithms: vec![Algorithm::RS256],
        }
    }
}

impl AuthSettings {
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
                .extend(settings.problems(self).into_iter().map(|problem| format!("The issuer {issuer:?} {problem}")));
        }
        problems
    }
}

impl IssuerSettings {
    fn problems(&self, all: &AuthSettings) -> Vec<String> {
        let mut problems = Vec::new();
        if self.issuer.is_empty() {
            problems.push("is empty".to_owned());
        } else if let Err(problem) = self.address(all) {
            problems.push(problem);
        }
        if let KeyLocation::Discovery { origins } = &self.keys {
            let is_origin = |text: &String| {
                safe_address(text, "", all.allow_http).is_ok_and(|url| url.origin().ascii_serialization() == *text)
            };
            problems.extend(origins.iter().filter(|text| !is_origin(text)).map(|text| {
                format!("may have keys at `{text}`, which is no origin; write it as https://keys.example.com, without a path")
            }));
        }
        problems.extend(audience_problem(&self.audiences).map(str::to_owned));
        if self.algorithms.is_empty() {
            problems.push("has no algorithms".to_owned());
        }
        problems
    }

    /// Checks the address that is asked first.
    fn address(&self, all: &AuthSettings) -> Result<(), String> {
        let url = match &self.keys {
            KeyLocation::Url(url) => safe_address(url, "has a key set address that", all.allow_http)?,
            KeyLocation::Discovery { .. } => {
                let url = safe_address(&self.issuer, "has discovery, but as an address it", all.allow_http)?;
                // The path of the metadata is put behind it.
                if url.query().is_some() {
                    return Err("has discovery, but as an address it has a query".to_owned());
                }
                url
            }
        };
        match ip_filter::literal(&url) {
            Some(ip) if !all.allow_private && !ip_filter::is_public(ip) => Err(format!(
                "is asked for keys at {ip}, which is not of the open internet; `allow_private` (AUTH0_ALLOW_PRIVATE) permits it"
            )),
            _ => Ok(()),
        }
    }
}

/// The address as a URL that may be asked for keys.
///
/// # Errors
/// What is wrong with it, behind the words in `subject`.
pub(crate) fn safe_address(text: &str, subject: &str, allow_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{subject} is no URL: {error}"))?;
    if url.scheme() != "https" && !(allow_http && url.scheme() == "http") {
        return Err(format!("{subject} does not begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!("{subject} has a user or a fragment"));
    }
    Ok(url)
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

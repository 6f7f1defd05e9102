//! The settings of a verifier.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use url::Url;

use super::ip_filter;
use super::{Algorithm, ClaimNames, DpopSettings, TokenCache};

/// The largest allowed leeway.
pub const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// The settings of a [`Verifier`](super::Verifier).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthSettings {
    /// The issuers whose tokens are accepted. A custom domain is a separate issuer.
    pub issuers: Vec<IssuerSettings>,
    /// How far the issuer's clock may differ from the server's: 30 seconds by default, [`MAX_LEEWAY`] at most.
    pub leeway: Duration,
    /// The names of the claims.
    pub claims: ClaimNames,
    /// Allows fetching key sets and metadata over plain HTTP: for tests and development only.
    pub allow_http: bool,
    /// Allows fetching key sets and metadata from addresses that are not on the public internet (loopback, private and
    /// link-local networks and others): for tests, and for an issuer in an internal network. Off by default, so that no
    /// name and no metadata can make the server send requests into its own network.
    pub allow_private: bool,
    /// If true, only permissions that the `scope` claim also contains are valid. Off by default.
    ///
    /// In Auth0, `permissions` contains all permissions of the user, and `scope` contains what the client application
    /// requested and was granted. With this setting, the token of an application that requested less can do less.
    /// Applications must then request each permission as a scope.
    pub permissions_in_scope: bool,
    /// The size of the cache of verified tokens.
    pub token_cache: TokenCache,
    /// Settings for tokens that are bound to a key of the client.
    pub dpop: DpopSettings,
}

/// One issuer. Its keys verify only its own tokens, even if two issuers have the same URL of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The exact `iss` claim. Auth0 ends it with a slash: `https://tenant.eu.auth0.com/`.
    pub issuer: String,
    /// Where the issuer's key set is.
    pub keys: KeyLocation,
    /// The audiences of this API. The `aud` claim of a token must contain one of them.
    pub audiences: Vec<String>,
    /// The algorithms that the issuer signs with.
    pub algorithms: Vec<Algorithm>,
}

/// Where an issuer publishes its key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// At this URL; for Auth0 `https://tenant.eu.auth0.com/.well-known/jwks.json`.
    Url(String),
    /// At the URL that the issuer's metadata names: `jwks_uri` of `/.well-known/openid-configuration` below the issuer
    /// (OpenID Connect Discovery 1.0 section 4), or if that is not there, of `/.well-known/oauth-authorization-server`
    /// before the issuer's path (RFC 8414 section 3). This needs one more request, at most once an hour. The metadata must
    /// contain exactly the same issuer, and the key set must have the issuer's origin.
    Discovery {
        /// Other allowed origins of the key set, such as `https://www.googleapis.com`.
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

    /// Any issuer with metadata of OpenID Connect or OAuth 2.0, with RS256. `issuer` is the exact `iss` of its tokens, a URL such as
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
    /// All problems of the settings, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.leeway > MAX_LEEWAY {
            problems.push(format!("The leeway of {:?} is longer than the maximum of {MAX_LEEWAY:?}", self.leeway));
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
                format!("may have keys at `{text}`, which is not an origin; write it as https://keys.example.com, without a path")
            }));
        }
        problems.extend(audience_problem(&self.audiences).map(str::to_owned));
        if self.algorithms.is_empty() {
            problems.push("has no algorithms".to_owned());
        }
        problems
    }

    /// Checks the URL of the first request.
    fn address(&self, all: &AuthSettings) -> Result<(), String> {
        let url = match &self.keys {
            KeyLocation::Url(url) => safe_address(url, "has a key set URL that", all.allow_http)?,
            KeyLocation::Discovery { .. } => {
                let url = safe_address(&self.issuer, "is used for discovery, but as a URL it", all.allow_http)?;
                // The path of the metadata is appended to it.
                if url.query().is_some() {
                    return Err("is used for discovery, but as a URL it has a query".to_owned());
                }
                url
            }
        };
        match ip_filter::literal(&url) {
            Some(ip) if !all.allow_private && !ip_filter::is_public(ip) => Err(format!(
                "has its keys at {ip}, which is not on the public internet; `allow_private` (AUTH0_ALLOW_PRIVATE) allows it"
            )),
            _ => Ok(()),
        }
    }
}

/// Parses and checks a URL from which keys may be fetched.
///
/// # Errors
/// What is wrong with the URL: a sentence that begins with `subject`.
pub(crate) fn safe_address(text: &str, subject: &str, allow_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{subject} is not a URL: {error}"))?;
    if url.scheme() != "https" && !(allow_http && url.scheme() == "http") {
        return Err(format!(
            "{subject} does not begin with https:// (http:// only outside of production, with AUTH0_ALLOW_PRIVATE=true)"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!("{subject} has a user or a fragment"));
    }
    Ok(url)
}

/// Checks the audiences. Without one, tokens for any other API of the tenant would be accepted (RFC 8725 section 3.9).
pub(crate) fn audience_problem(audiences: &[String]) -> Option<&'static str> {
    match audiences {
        [] => Some("has no audience"),
        list if list.iter().any(String::is_empty) => Some("has an empty audience"),
        _ => None,
    }
}

/// Why no verifier can be built from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The problems, one sentence each.
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

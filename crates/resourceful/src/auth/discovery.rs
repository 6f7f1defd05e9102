//! Where an issuer publishes its keys: a fixed address, or what its metadata says (OpenID Connect Discovery 1.0
//! section 4; RFC 8414 describes the same document for OAuth 2.0, at another address).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use url::{Origin, Url};

use super::fetch::{FetchError, FetchKeys, MAX_KEY_SET_LENGTH};
use super::rejection::quoted;
use super::settings::safe_address;

/// How long a discovered URL is used. The first fetch of keys after that reads the metadata again. So a changed URL is
/// noticed within the hour, and the metadata is not fetched more often.
const DISCOVERED: Duration = Duration::from_secs(3600);

/// The URL of one issuer's key set.
pub(crate) enum KeysAt {
    Fixed(String),
    Discovered(Discovery),
}

/// Finds the URL in the issuer's metadata.
pub(crate) struct Discovery {
    issuer: String,
    /// Where the metadata can be, in the order in which they are tried.
    metadata: [String; 2],
    /// The allowed origins of the key set: that of the issuer, and those in the settings.
    origins: Vec<Origin>,
    allow_http: bool,
    /// The discovered URL, and until when it is used. Failures are not cached: the next fetch reads the metadata again.
    found: Mutex<Option<(String, Instant)>>,
}

/// The members of the metadata that are read. All other members are ignored.
#[derive(Deserialize)]
struct Metadata {
    issuer: Option<String>,
    jwks_uri: Option<String>,
}

/// Why the keys of an issuer cannot be found with its metadata; for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("the metadata of the issuer cannot be fetched")]
    Fetch(#[source] FetchError),
    #[error("the metadata of the issuer cannot be read")]
    Parse(#[source] serde_json::Error),
    #[error("the metadata of the issuer has no `{0}`")]
    Missing(&'static str),
    /// The metadata names another issuer (OpenID Connect Discovery 1.0 section 4.3).
    #[error("the metadata belongs to another issuer: {0}")]
    Issuer(String),
    #[error("the metadata of the issuer {0}")]
    Address(String),
    #[error(
        "the metadata names the key set {0}, which has another origin than the issuer; AUTH0_JWKS_ORIGINS can allow it"
    )]
    Origin(String),
}

impl KeysAt {
    /// The URL from which to fetch keys now.
    pub(crate) async fn address(&self, fetch: &dyn FetchKeys, now: Instant) -> Result<String, DiscoveryError> {
        match self {
            Self::Fixed(url) => Ok(url.clone()),
            Self::Discovered(discovery) => discovery.address(fetch, now).await,
        }
    }

    /// Removes a discovered URL, because the response from it was not a key set.
    pub(crate) fn forget(&self) {
        if let Self::Discovered(discovery) = self {
            *discovery.found() = None;
        }
    }

    /// The URL of the next request, for the log.
    pub(crate) fn next(&self) -> String {
        match self {
            Self::Fixed(url) => url.clone(),
            Self::Discovered(discovery) => {
                discovery.found().as_ref().map_or_else(|| discovery.metadata[0].clone(), |(url, _)| url.clone())
            }
        }
    }
}

impl Discovery {
    /// Discovery for an issuer and origins that the settings have validated.
    pub(crate) fn new(issuer: String, origins: &[String], allow_http: bool) -> Self {
        let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
        let metadata = metadata_addresses(&issuer);
        let origins = std::iter::once(&issuer).chain(origins).filter_map(|text| origin(text)).collect();
        Self { issuer, metadata, origins, allow_http, found: Mutex::default() }
    }

    async fn address(&self, fetch: &dyn FetchKeys, now: Instant) -> Result<String, DiscoveryError> {
        if let Some((url, until)) = self.found().as_ref()
            && now < *until
        {
            return Ok(url.clone());
        }
        let [first, second] = &self.metadata;
        let fetched = match fetch.fetch(first).await {
            // The issuer speaks OAuth 2.0 and not OpenID Connect. Its own error is the one to log: most issuers have the first.
            Err(FetchError::Status(status)) if status == 404 => match fetch.fetch(second).await {
                Err(FetchError::Status(_)) => Err(FetchError::Status(status)),
                other => other,
            },
            other => other,
        };
        let fetched = fetched.map_err(DiscoveryError::Fetch)?;
        if fetched.body.len() > MAX_KEY_SET_LENGTH {
            return Err(DiscoveryError::Fetch(FetchError::TooLong));
        }
        let url = self.read(&fetched.body)?;
        *self.found() = Some((url.clone(), now + DISCOVERED));
        Ok(url)
    }

    fn read(&self, body: &[u8]) -> Result<String, DiscoveryError> {
        let Metadata { issuer, jwks_uri } = serde_json::from_slice(body).map_err(DiscoveryError::Parse)?;
        let issuer = issuer.ok_or(DiscoveryError::Missing("issuer"))?;
        // Must be exactly equal, including a slash at the end, because the `iss` of tokens is compared with it.
        if issuer != self.issuer {
            return Err(DiscoveryError::Issuer(quoted(&issuer)));
        }
        let text = jwks_uri.ok_or(DiscoveryError::Missing("jwks_uri"))?;
        let url = safe_address(&text, "names a key set URL that", self.allow_http).map_err(DiscoveryError::Address)?;
        if !self.origins.contains(&url.origin()) {
            return Err(DiscoveryError::Origin(quoted(&text)));
        }
        Ok(url.into())
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Option<(String, Instant)>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiscoveryError {
    /// Whether the issuer could not be reached.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Fetch(error) if error.is_outage())
    }
}

/// The URLs of the issuer's metadata. OpenID Connect has it below the issuer's path, without its slash at the end (OpenID
/// Connect Discovery 1.0 section 4.1); OAuth 2.0 puts the well-known name before the path (RFC 8414 section 3.1).
pub(crate) fn metadata_addresses(issuer: &str) -> [String; 2] {
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    let host = issuer.find("://").map_or(0, |place| place + 3);
    let (origin, path) = issuer.split_at(issuer[host..].find('/').map_or(issuer.len(), |slash| host + slash));
    [
        format!("{issuer}/.well-known/openid-configuration"),
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
    ]
}

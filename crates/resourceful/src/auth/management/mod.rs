//! Auth0's Management API: reads and changes the permissions of an API in the tenant.

#[cfg(feature = "jwks-http")]
mod client;
#[cfg(feature = "jwks-http")]
mod transport;

#[cfg(feature = "jwks-http")]
pub(crate) use client::{ApiScope, Management, Role, TenantApi};

use std::fmt;

use url::{Host, Url};

/// The URL and credentials for the Management API (version 2) of a tenant.
#[derive(Clone, PartialEq, Eq)]
pub struct ManagementSettings {
    /// The tenant's original URL, without a slash at the end: `https://tenant.eu.auth0.com`. A custom domain does not
    /// work, because the audience of the Management API contains the original URL.
    pub url: String,
    /// The client id of a machine-to-machine application.
    pub client_id: String,
    /// The application's client secret.
    pub client_secret: String,
}

impl fmt::Debug for ManagementSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ManagementSettings");
        debug.field("url", &self.url).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl ManagementSettings {
    /// What is wrong with the URL, or `None`. It must be HTTPS because the secret is sent there; plain HTTP is allowed
    /// only to this machine, and only with `allow_loopback`.
    pub(crate) fn problem_of(url: &str, allow_loopback: bool) -> Option<&'static str> {
        let Ok(parsed) = Url::parse(url) else { return Some("is not a URL") };
        let local = allow_loopback && is_loopback(&parsed);
        if parsed.scheme() != "https" && !(local && parsed.scheme() == "http") {
            return Some("does not begin with https://");
        }
        let bare = parsed.path() == "/" && parsed.query().is_none() && parsed.fragment().is_none();
        let has_no_user = parsed.username().is_empty() && parsed.password().is_none();
        (!bare || !has_no_user).then_some("has more than a host and a port")
    }

    /// Whether it uses plain HTTP, to this machine.
    #[cfg(feature = "jwks-http")]
    fn is_plain(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ManagementSettings;

    #[test]
    fn addresses() {
        for (url, allow_loopback, fits) in [
            ("https://tenant.eu.auth0.com", false, true),
            ("https://tenant.eu.auth0.com/", false, true),
            ("https://tenant.eu.auth0.com/api/v2", false, false),
            ("https://tenant.eu.auth0.com?a=b", false, false),
            ("https://user:word@tenant.eu.auth0.com", false, false),
            ("tenant.eu.auth0.com", false, false),
            ("http://tenant.eu.auth0.com", true, false),
            ("http://127.0.0.1:8080", true, true),
            ("http://[::1]:8080", true, true),
            ("http://localhost:8080", true, true),
            ("http://127.0.0.1:8080", false, false),
            ("http://127.0.0.1.example.com", true, false),
            ("ftp://127.0.0.1", true, false),
        ] {
            assert_eq!(ManagementSettings::problem_of(url, allow_loopback).is_none(), fits, "{url}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        let settings = ManagementSettings { url: "u".into(), client_id: "i".into(), client_secret: "hush".into() };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}

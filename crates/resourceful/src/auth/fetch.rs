//! How a key set, or the metadata that says where it is, is fetched.

use std::error::Error as StdError;

use futures_util::future::BoxFuture;

/// The longest document that is read: a key set, or an issuer's metadata.
pub const MAX_KEY_SET_LENGTH: usize = 1024 * 1024;

/// Fetches key sets and, for issuers with discovery, metadata: over HTTP in [`HttpFetch`], or in any way of your own.
pub trait FetchKeys: Send + Sync + 'static {
    /// Fetches the document at this address. The caller bounds the time that it takes and drops the future after it.
    ///
    /// # Errors
    /// Anything that keeps the document from being there: the caller goes on with the keys it has.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// What was fetched.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// The document, at most [`MAX_KEY_SET_LENGTH`].
    pub body: Vec<u8>,
    /// The `Cache-Control` header, if there is one.
    pub cache_control: Option<String>,
}

/// Why nothing was fetched; for the log.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server answered with something other than 200; redirects are not followed.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The document is longer than [`MAX_KEY_SET_LENGTH`].
    #[error("the document is too long")]
    TooLong,
    /// There was no answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection failed.
    #[error("the server cannot be reached")]
    Connection(#[source] Box<dyn StdError + Send + Sync>),
    /// The server is not of the open internet, and [`Reach::private`] is off.
    #[error(
        "the server is {0}, which is not an address of the open internet; AUTH0_ALLOW_PRIVATE=true permits it for an issuer inside the company's network"
    )]
    Private(String),
}

impl FetchError {
    /// Whether the server could not be reached or says that it cannot answer now (RFC 9110 sections 15.5.9 and 15.6,
    /// RFC 6585 section 4).
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Status(status) => *status >= 500 || matches!(status, 408 | 429),
            Self::Timeout | Self::Connection(_) => true,
            Self::TooLong | Self::Private(_) => false,
        }
    }
}

/// What may be fetched from besides HTTPS servers of the open internet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Plain HTTP.
    pub http: bool,
    /// Loopback, private, link-local and other addresses that are not of the open internet.
    pub private: bool,
}

#[cfg(feature = "jwks-http")]
pub use http::HttpFetch;

#[cfg(feature = "jwks-http")]
pub(crate) mod http {
    use std::error::Error as StdError;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use reqwest::{Client, StatusCode, Url, header, redirect};

    use super::{FetchError, FetchKeys, Fetched, MAX_KEY_SET_LENGTH, Reach};
    use crate::auth::ip_filter;

    /// Fetches over HTTPS with a bound on time and size.
    #[derive(Debug, Clone)]
    pub struct HttpFetch {
        client: Client,
        reach: Reach,
    }

    impl HttpFetch {
        /// A client that gives up after `timeout`, counted from the connection to the last byte, and connects to HTTPS
        /// servers of the open internet only, unless `reach` says more.
        ///
        /// What counts is the address that is connected to, not the name: it is looked up once, checked, and used. A
        /// proxy that the environment names (`HTTPS_PROXY`) looks names up itself, and must keep to its own rules.
        ///
        /// # Errors
        /// The TLS backend cannot be set up.
        pub fn new(timeout: Duration, reach: Reach) -> Result<Self, FetchError> {
            Self::with_lookup(timeout, reach, System)
        }

        /// With another way to look names up.
        pub(crate) fn with_lookup(timeout: Duration, reach: Reach, lookup: impl Lookup) -> Result<Self, FetchError> {
            let proxies = proxies(|name| std::env::var(name).ok());
            let resolver = Checked { lookup: Arc::new(lookup), reach, proxies };
            let client = Client::builder()
                // A redirect could lead to another host, or inside (server-side request forgery).
                .redirect(redirect::Policy::none())
                .https_only(!reach.http)
                .dns_resolver(Arc::new(resolver))
                .timeout(timeout)
                // A fetch every ten minutes gains nothing from an open connection, and one that was opened in a worker
                // thread would depend on it.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("resourceful/", env!("CARGO_PKG_VERSION")));
            Ok(Self { client: client.build().map_err(failed)?, reach })
        }

        async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
            // An address in the place of the name is not looked up.
            let url = Url::parse(url).map_err(|error| FetchError::Connection(error.into()))?;
            if let Some(ip) = ip_filter::literal(&url)
                && !self.reach.private
                && !ip_filter::is_public(ip)
            {
                return Err(FetchError::Private(ip.to_string()));
            }
            let mut answer =
                self.client.get(url).header(header::ACCEPT, "application/json").send().await.map_err(failed)?;
            if answer.status() != StatusCode::OK {
                return Err(FetchError::Status(answer.status().as_u16()));
            }
            let cache_control = answer.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
            let cache_control = cache_control.map(str::to_owned);
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                // Content-Length may be absent or lie, so what counts is what arrives.
                if body.len() + chunk.len() > MAX_KEY_SET_LENGTH {
                    return Err(FetchError::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Fetched { body, cache_control })
        }
    }

    impl FetchKeys for HttpFetch {
        fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
            Box::pin(self.get(url))
        }
    }

    /// Looks names up.
    pub(crate) trait Lookup: Send + Sync + 'static {
        /// The addresses of this name; the ports do not matter.
        fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
    }

    /// The resolver of the operating system.
    struct System;

    impl Lookup for System {
        fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        }
    }

    /// Lets only those addresses of a name through that may be connected to.
    pub(crate) struct Checked {
        pub(crate) lookup: Arc<dyn Lookup>,
        pub(crate) reach: Reach,
        /// The hosts of proxies, which usually are inside and were chosen by whoever runs the server.
        pub(crate) proxies: Vec<String>,
    }

    impl Resolve for Checked {
        fn resolve(&self, name: Name) -> Resolving {
            let name = name.as_str().to_owned();
            let any = self.reach.private || self.proxies.contains(&name);
            let lookup = self.lookup.lookup(name.clone());
            Box::pin(async move {
                let found = lookup.await?;
                let good: Vec<SocketAddr> =
                    found.iter().filter(|address| any || ip_filter::is_public(address.ip())).copied().collect();
                if let (true, Some(address)) = (good.is_empty(), found.first()) {
                    return Err(PrivateName(format!("{name} ({})", address.ip())).into());
                }
                Ok(Box::new(good.into_iter()) as Addrs)
            })
        }
    }

    /// The hosts of the proxies that reqwest takes from these variables.
    pub(crate) fn proxies(variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        let host = |text: String| {
            let whole = Url::parse(&text).ok().filter(Url::has_host);
            let url = whole.or_else(|| Url::parse(&format!("http://{text}")).ok());
            url.and_then(|url| url.host_str().map(str::to_owned))
        };
        names.into_iter().filter_map(variable).filter_map(host).collect()
    }

    /// All addresses of the name are private.
    #[derive(Debug, thiserror::Error)]
    #[error("{0} is not of the open internet")]
    struct PrivateName(String);

    fn failed(error: reqwest::Error) -> FetchError {
        let mut source: Option<&(dyn StdError + 'static)> = Some(&error);
        while let Some(cause) = source {
            if let Some(PrivateName(name)) = cause.downcast_ref() {
                return FetchError::Private(name.clone());
            }
            source = cause.source();
        }
        if error.is_timeout() { FetchError::Timeout } else { FetchError::Connection(error.into()) }
    }
}

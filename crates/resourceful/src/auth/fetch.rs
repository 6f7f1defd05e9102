//! Fetches key sets, and the metadata of issuers.

use std::error::Error as StdError;

use futures_util::future::BoxFuture;

/// The most bytes of a document that are read: a key set, or an issuer's metadata.
pub const MAX_KEY_SET_LENGTH: usize = 1024 * 1024;

/// Fetches key sets and, for issuers with discovery, metadata. [`HttpFetch`] does it over HTTP; you can implement
/// another way.
pub trait FetchKeys: Send + Sync + 'static {
    /// Fetches the document at this URL. The caller applies a timeout and then drops the future.
    ///
    /// # Errors
    /// If the document cannot be fetched. The caller continues with the keys that it has.
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>>;
}

/// A fetched document.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// The document, at most [`MAX_KEY_SET_LENGTH`] bytes.
    pub body: Vec<u8>,
    /// The `Cache-Control` header, if there is one.
    pub cache_control: Option<String>,
}

/// Why a document could not be fetched; for the log.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server responded with a status other than 200. Redirects are not followed.
    #[error("the server responded with status {0}")]
    Status(u16),
    /// The document is longer than [`MAX_KEY_SET_LENGTH`].
    #[error("the document is too long")]
    TooLong,
    /// The server did not respond in time.
    #[error("the server did not respond in time")]
    Timeout,
    /// The document has a content coding (RFC 9110 section 8.4) that is not read, although the request asked for none.
    #[error("the server responded with status 200 and content coding {0:?}, although none was accepted")]
    Coding(String),
    /// The connection failed.
    #[error("the server cannot be reached")]
    Connection(#[source] Box<dyn StdError + Send + Sync>),
    /// The server is not on the public internet, and [`Reach::private`] is off.
    #[error(
        "the server is {0}, which is not on the public internet; AUTH0_ALLOW_PRIVATE=true allows it for an issuer in an internal network"
    )]
    Private(String),
}

impl FetchError {
    /// Whether the server could not be reached, or responded that it is temporarily unavailable (RFC 9110 sections
    /// 15.5.9 and 15.6, RFC 6585 section 4).
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Status(status) => *status >= 500 || matches!(status, 408 | 429),
            Self::Timeout | Self::Connection(_) => true,
            Self::TooLong | Self::Coding(_) | Self::Private(_) => false,
        }
    }
}

/// From which servers documents may be fetched, in addition to HTTPS servers on the public internet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Plain HTTP.
    pub http: bool,
    /// Loopback, private, link-local and other addresses that are not on the public internet.
    pub private: bool,
}

#[cfg(feature = "jwks-http")]
pub use http::HttpFetch;

#[cfg(feature = "jwks-http")]
pub(crate) mod http {
    use std::error::Error as StdError;
    use std::io::Read as _;
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use reqwest::dns::{Addrs, Name, Resolve, Resolving};
    use reqwest::{Client, StatusCode, Url, header, redirect};

    use super::{FetchError, FetchKeys, Fetched, MAX_KEY_SET_LENGTH, Reach};
    use crate::auth::ip_filter;

    /// Fetches over HTTPS, with limits on time and size.
    #[derive(Debug, Clone)]
    pub struct HttpFetch {
        client: Client,
        reach: Reach,
    }

    impl HttpFetch {
        /// Creates a client. `timeout` is for the whole fetch, from the connection to the last byte. The client connects
        /// only to HTTPS servers on the public internet, and to those that `reach` allows.
        ///
        /// The check is for the IP address of the connection, not for the host name: the name is resolved once, and the
        /// checked address is used. A proxy (`HTTPS_PROXY`) resolves names itself, and must have its own rules.
        ///
        /// # Errors
        /// If the TLS library cannot be initialized.
        pub fn new(timeout: Duration, reach: Reach) -> Result<Self, FetchError> {
            Self::with_lookup(timeout, reach, System)
        }

        /// As `new`, with another resolver.
        pub(crate) fn with_lookup(timeout: Duration, reach: Reach, lookup: impl Lookup) -> Result<Self, FetchError> {
            let proxies = proxies(|name| std::env::var(name).ok());
            let resolver = Checked { lookup: Arc::new(lookup), reach, proxies };
            let client = Client::builder()
                // A redirect could lead to another host, or into the internal network (server-side request forgery).
                .redirect(redirect::Policy::none())
                .https_only(!reach.http)
                .dns_resolver(Arc::new(resolver))
                .timeout(timeout)
                // A fetch every ten minutes does not need an open connection, and a connection would depend on the worker
                // thread that opened it.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("resourceful/", env!("CARGO_PKG_VERSION")));
            Ok(Self { client: client.build().map_err(failed)?, reach })
        }

        async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
            // The resolver is not called if the host is an IP address.
            let url = Url::parse(url).map_err(|error| FetchError::Connection(error.into()))?;
            if let Some(ip) = ip_filter::literal(&url)
                && !self.reach.private
                && !ip_filter::is_public(ip)
            {
                return Err(FetchError::Private(ip.to_string()));
            }
            // Key sets have a media type of their own (RFC 7517 section 8.5.2), which some servers serve and nothing else.
            // Without the second field a server may compress as it likes (RFC 9110 section 12.5.3).
            let request = self.client.get(url).header(header::ACCEPT, "application/json, application/jwk-set+json");
            let mut answer = request.header(header::ACCEPT_ENCODING, "identity").send().await.map_err(failed)?;
            if answer.status() != StatusCode::OK {
                return Err(FetchError::Status(answer.status().as_u16()));
            }
            let coding = coding(answer.headers())?;
            let cache_control = answer.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
            let cache_control = cache_control.map(str::to_owned);
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                // Content-Length may be absent or wrong, so the received bytes are counted.
                if body.len() + chunk.len() > MAX_KEY_SET_LENGTH {
                    return Err(FetchError::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            let body = if coding == Coding::Gzip { decompressed(&body)? } else { body };
            Ok(Fetched { body, cache_control })
        }
    }

    /// How the document is coded.
    #[derive(PartialEq)]
    enum Coding {
        Identity,
        Gzip,
    }

    /// Some stores have only the compressed document and send it to everybody, so gzip is read although it is not asked for.
    fn coding(headers: &header::HeaderMap) -> Result<Coding, FetchError> {
        let codings: Vec<String> = headers
            .get_all(header::CONTENT_ENCODING)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase())
            .filter(|coding| !coding.is_empty() && coding != "identity")
            .collect();
        match codings.as_slice() {
            [] => Ok(Coding::Identity),
            [one] if one == "gzip" || one == "x-gzip" => Ok(Coding::Gzip),
            several => Err(FetchError::Coding(several.join(", "))),
        }
    }

    /// The document of a gzip file, if it is not too long.
    fn decompressed(bytes: &[u8]) -> Result<Vec<u8>, FetchError> {
        let mut document = Vec::new();
        let most = MAX_KEY_SET_LENGTH as u64 + 1;
        let read = flate2::read::GzDecoder::new(bytes).take(most).read_to_end(&mut document);
        read.map_err(|error| FetchError::Connection(error.into()))?;
        if document.len() > MAX_KEY_SET_LENGTH { Err(FetchError::TooLong) } else { Ok(document) }
    }

    impl FetchKeys for HttpFetch {
        fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
            Box::pin(self.get(url))
        }
    }

    /// Resolves names.
    pub(crate) trait Lookup: Send + Sync + 'static {
        /// The addresses of this name; the ports are ignored.
        fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
    }

    /// The resolver of the operating system.
    struct System;

    impl Lookup for System {
        fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
            Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
        }
    }

    /// Removes addresses from the result of a resolver that connections are not allowed to.
    pub(crate) struct Checked {
        pub(crate) lookup: Arc<dyn Lookup>,
        pub(crate) reach: Reach,
        /// The hosts of proxies. They are usually in the internal network, and the operator of the server chose them.
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
    #[error("{0} is not on the public internet")]
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

//! How a key set is fetched.

use std::error::Error as StdError;

use futures_util::future::BoxFuture;

/// The longest key set that is read.
pub const MAX_KEY_SET_LENGTH: usize = 1024 * 1024;

/// Fetches key sets: over HTTP in [`HttpFetch`], or in any way of your own.
pub trait FetchKeys: Send + Sync + 'static {
    /// Fetches the document at this address. The caller bounds the time that it takes and drops the future after it.
    ///
    /// # Errors
    /// Anything that keeps a JWK set from being there: the caller goes on with the keys it has.
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
    #[error("the server of the key set answered with status {0}")]
    Status(u16),
    /// The document is longer than [`MAX_KEY_SET_LENGTH`].
    #[error("the key set is too long")]
    TooLong,
    /// There was no answer in time.
    #[error("the server of the key set did not answer in time")]
    Timeout,
    /// The connection failed.
    #[error("the server of the key set cannot be reached")]
    Connection(#[source] Box<dyn StdError + Send + Sync>),
}

impl FetchError {
    /// Whether the server could not be reached or says that it cannot answer now (RFC 9110 sections 15.5.9 and 15.6,
    /// RFC 6585 section 4).
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Status(status) => *status >= 500 || matches!(status, 408 | 429),
            Self::Timeout | Self::Connection(_) => true,
            Self::TooLong => false,
        }
    }
}

#[cfg(feature = "jwks-http")]
pub use http::HttpFetch;

#[cfg(feature = "jwks-http")]
mod http {
    use std::time::Duration;

    use futures_util::future::BoxFuture;
    use reqwest::{Client, StatusCode, header, redirect};

    use super::{FetchError, FetchKeys, Fetched, MAX_KEY_SET_LENGTH};

    /// Fetches over HTTPS with a bound on time and size.
    #[derive(Debug, Clone)]
    pub struct HttpFetch(Client);

    impl HttpFetch {
        /// A client that gives up after `timeout`, counted from the connection to the last byte, and refuses plain
        /// HTTP unless `allow_http`.
        ///
        /// # Errors
        /// The TLS backend cannot be set up.
        pub fn new(timeout: Duration, allow_http: bool) -> Result<Self, FetchError> {
            let client = Client::builder()
                // A redirect could lead to another host, or inside (server-side request forgery).
                .redirect(redirect::Policy::none())
                .https_only(!allow_http)
                .timeout(timeout)
                // A fetch every ten minutes gains nothing from an open connection, and one that was opened in a worker
                // thread would depend on it.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("resourceful/", env!("CARGO_PKG_VERSION")));
            client.build().map(Self).map_err(failed)
        }

        async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
            let mut answer = self.0.get(url).header(header::ACCEPT, "application/json").send().await.map_err(failed)?;
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

    fn failed(error: reqwest::Error) -> FetchError {
        if error.is_timeout() { FetchError::Timeout } else { FetchError::Connection(error.into()) }
    }
}

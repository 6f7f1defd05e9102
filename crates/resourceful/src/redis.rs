//! Redis: state that the processes of an application share. They can continue without it.
//!
//! Redis never delays a request for long and never makes it fail: a command has a result within 100 ms, or the caller gets
//! [`Unavailable`] and continues without it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{AsyncConnectionConfig, IntoConnectionInfo};
#[doc(hidden)]
pub use deadpool_redis::redis::{Cmd, FromRedisValue, Value, cmd};
use deadpool_redis::{Connection, Manager, Pool, Runtime};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::env::{Reader, SecretText};

/// The timeout of a command.
const TIMEOUT: Duration = Duration::from_millis(100);

/// The timeout of a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long Redis is not used after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A client for a Redis server. Cheap to clone; all clones share one connection, which handles many commands at the same
/// time.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    /// Opens connections. It does not lend them, because it would check each connection before each use.
    pool: Pool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Link,
    /// The time of the first failure since the last success.
    failed: Option<Instant>,
}

#[derive(Default, Clone)]
enum Link {
    #[default]
    Down,
    /// A connection is being opened, for all waiting callers.
    Making(Shared<BoxFuture<'static, Option<MultiplexedConnection>>>),
    Up(MultiplexedConnection),
}

/// Redis did not respond: it cannot be reached, is too slow, or returned an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// Reads `REDIS_URL`.
pub(crate) fn from_env(reader: &mut Reader<'_>) -> Option<SecretText> {
    let url = reader.secret("REDIS_URL")?;
    match Redis::new(&url) {
        Ok(_) => Some(SecretText(url)),
        Err(problem) => {
            reader.problem(format!("REDIS_URL cannot be used: {problem}"));
            None
        }
    }
}

impl Redis {
    /// A client for the server at this URL: `redis://:password@host:6379/0`, or `rediss://..` for TLS (feature
    /// `redis-tls`). It does not connect yet.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub fn new(url: &str) -> Result<Self, String> {
        let info = url.into_connection_info().map_err(|error| error.to_string())?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let manager = Manager::new_with_config(info, config).map_err(|error| error.to_string())?;
        let pool = Pool::builder(manager).max_size(1).runtime(Runtime::Tokio1).create_timeout(Some(CONNECT_TIMEOUT));
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Inner { pool, state: Mutex::default() })))
    }

    /// Sends a command and returns its result.
    ///
    /// # Errors
    /// If there is no result in time. For one second after a failure, every command fails immediately.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unavailable> {
        let mut connection = match self.link() {
            None | Some(Link::Down) => return Err(Unavailable),
            Some(Link::Up(connection)) => connection,
            Some(Link::Making(making)) => {
                let made = tokio::time::timeout(TIMEOUT, making).await.map_err(|_| Unavailable)?;
                made.ok_or(Unavailable)?
            }
        };
        match command.query_async(&mut connection).await {
            Ok(answer) => {
                self.0.worked();
                Ok(answer)
            }
            Err(error) => {
                self.0.fail(&error);
                Err(Unavailable)
            }
        }
    }

    /// The current connection, or a new one that is being opened; `None` during the pause after a failure.
    fn link(&self) -> Option<Link> {
        let mut state = self.0.state();
        match &state.link {
            Link::Down if state.failed.is_some_and(|failed| failed.elapsed() < PAUSE) => return None,
            Link::Down => {}
            link => return Some(link.clone()),
        }
        let inner = self.0.clone();
        // A separate task, because the waiting request may be dropped before the connection is open.
        let making = tokio::spawn(async move { inner.connect().await });
        state.link = Link::Making(making.map(|made| made.ok().flatten()).boxed().shared());
        Some(state.link.clone())
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> Option<MultiplexedConnection> {
        match self.pool.get().await {
            Ok(pooled) => {
                let connection = Connection::take(pooled);
                self.state().link = Link::Up(connection.clone());
                Some(connection)
            }
            Err(error) => {
                self.fail(&error);
                None
            }
        }
    }

    fn worked(&self) {
        if self.state().failed.take().is_some() {
            tracing::info!("Redis responds again");
        }
    }

    /// Records a failure. The next command opens a new connection.
    fn fail(&self, error: &dyn fmt::Display) {
        let mut state = self.state();
        state.link = Link::Down;
        if state.failed.replace(Instant::now()).is_none() {
            tracing::warn!(error = %error, "Redis cannot be used; processes continue without shared state");
        }
    }
}

impl fmt::Debug for Redis {
    /// Without the URL, which may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

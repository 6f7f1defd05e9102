//! Redis: what the processes of an application share and can do without.
//!
//! Nothing here keeps a request waiting or makes it fail: a command has its answer within a tenth of a second, or the
//! caller learns that there is none and continues without it.

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

/// The longest that a request waits.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest that a new connection may take.
const CONNECTING: Duration = Duration::from_secs(1);

/// For how long Redis is left alone after it failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis server. Cheap to clone; all clones share one connection, which carries many requests at once.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    /// Makes connections. It lends none: each time it would ask the server first whether it is still there.
    pool: Pool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Link,
    /// When it failed, if nothing has worked since.
    failed: Option<Instant>,
}

#[derive(Default, Clone)]
enum Link {
    #[default]
    Down,
    /// A connection is being made, for all who wait for it.
    Making(Shared<BoxFuture<'static, Option<MultiplexedConnection>>>),
    Up(MultiplexedConnection),
}

/// There is no answer: Redis is away, too slow, or refuses.
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
    /// The server at this address, `redis://:password@host:6379/0`, or `rediss://..` for TLS (feature `redis-tls`). It is
    /// not asked for anything yet.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn new(url: &str) -> Result<Self, String> {
        let info = url.into_connection_info().map_err(|error| error.to_string())?;
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(Some(PATIENCE));
        let manager = Manager::new_with_config(info, config).map_err(|error| error.to_string())?;
        let pool = Pool::builder(manager).max_size(1).runtime(Runtime::Tokio1).create_timeout(Some(CONNECTING));
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Inner { pool, state: Mutex::default() })))
    }

    /// What the server answers to a command.
    ///
    /// # Errors
    /// There is no answer in time. For a second after a failure every command fails at once.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unavailable> {
        let mut connection = match self.link() {
            None | Some(Link::Down) => return Err(Unavailable),
            Some(Link::Up(connection)) => connection,
            Some(Link::Making(making)) => {
                let made = tokio::time::timeout(PATIENCE, making).await.map_err(|_| Unavailable)?;
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

    /// The connection as it is, or one that is being made from now on; `None` while Redis is left alone.
    fn link(&self) -> Option<Link> {
        let mut state = self.0.state();
        match &state.link {
            Link::Down if state.failed.is_some_and(|failed| failed.elapsed() < PAUSE) => return None,
            Link::Down => {}
            link => return Some(link.clone()),
        }
        let inner = self.0.clone();
        // The request that waits may be gone before it is done.
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
            tracing::info!("Redis answers again");
        }
    }

    /// Remembers a failure; the next connection is a new one.
    fn fail(&self, error: &dyn fmt::Display) {
        let mut state = self.state();
        state.link = Link::Down;
        if state.failed.replace(Instant::now()).is_none() {
            tracing::warn!(error = %error, "Redis cannot be used; processes go on without what they share");
        }
    }
}

impl fmt::Debug for Redis {
    /// Without the address, which may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

//! Redis: state that the processes of an application share. They can continue without it.
//!
//! Redis never delays a request for long and never makes it fail: a command has a result within a time limit (100 ms, or
//! less for callers that want less), or the caller gets [`Unavailable`] and continues without it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deadpool_redis::redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use deadpool_redis::redis::{AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, Pipeline, RedisError};
#[doc(hidden)]
pub use deadpool_redis::redis::{Cmd, FromRedisValue, Value, cmd};
use deadpool_redis::{Connection, Manager, Pool, Runtime};
use futures_util::future::{BoxFuture, Shared};
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use crate::env::{Reader, SecretText, Setting};

/// The timeout of a command.
const TIMEOUT: Duration = Duration::from_millis(100);

/// The timeout of a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long Redis is not used after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// A client for a Redis server. Cheap to clone; all clones share one connection, which handles many commands at the same
/// time.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
    /// The longest wait for a result.
    limit: Duration,
}

struct Inner {
    info: ConnectionInfo,
    /// Opens connections. It does not lend them, because it would check each connection before each use.
    pool: Pool,
    state: Mutex<State>,
    /// How many clients of this server have reported a failure and no success since. They share it, so that the log has one
    /// line when the server is lost and one when it is back.
    failing: Arc<AtomicUsize>,
}

#[derive(Default)]
struct State {
    link: Link,
    /// The time of the first failure since the last success.
    failed: Option<Instant>,
    /// Whether this client is one of those that fail.
    reported: bool,
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

pub(crate) fn variables() -> Vec<Setting> {
    vec![
        Setting::new(
            "REDIS_URL",
            "The Redis server for state that the processes of the application share: cached values, the list of used DPoP \
             proofs, and how many requests callers have sent. Without it each process has its own. redis://:PASSWORD@HOST:6379/0, or rediss:// for TLS \
             (features `redis`, `redis-tls`).",
        )
        .secret(),
    ]
}

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
        let info = url.into_connection_info().map_err(|error| unreadable(url, &error))?;
        Self::connecting(info, TIMEOUT, Arc::default())
    }

    fn connecting(info: ConnectionInfo, limit: Duration, failing: Arc<AtomicUsize>) -> Result<Self, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(limit));
        let manager = Manager::new_with_config(info.clone(), config).map_err(|error| error.to_string())?;
        let pool = Pool::builder(manager).max_size(1).runtime(Runtime::Tokio1).create_timeout(Some(CONNECT_TIMEOUT));
        let pool = pool.build().map_err(|error| error.to_string())?;
        Ok(Self { inner: Arc::new(Inner { info, pool, state: Mutex::default(), failing }), limit })
    }

    /// A client for the same server with a connection, failures and a time limit of its own: what is too slow for one use
    /// may be in time for another.
    pub(crate) fn separate(&self, limit: Duration) -> Self {
        // The URL was accepted before.
        let failing = self.inner.failing.clone();
        Self::connecting(self.inner.info.clone(), limit, failing).unwrap_or_else(|_| Self { limit, ..self.clone() })
    }

    /// Sends a command and returns its result.
    ///
    /// # Errors
    /// If there is no result in time. For one second after a failure, every command fails immediately.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Unavailable> {
        let mut connection = self.connection().await?;
        let answer = timeout(self.limit, command.query_async(&mut connection)).await;
        self.inner.noted(answer.map(|answer| answer.map_err(|error| error.to_string())))
    }

    /// Sends commands together and returns their results. They are not a transaction, which a Redis server without free
    /// memory refuses. The result of a command that the server refuses is a [`Value::ServerError`].
    ///
    /// # Errors
    /// If there are no results in time, as with [`ask`](Self::ask).
    pub(crate) async fn ask_all(&self, commands: impl IntoIterator<Item = Cmd>) -> Result<Vec<Value>, Unavailable> {
        let mut pipeline = Pipeline::new();
        commands.into_iter().for_each(|command| _ = pipeline.add_command(command));
        // The client takes a pipeline of no commands for an error.
        let count = pipeline.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut connection = self.connection().await?;
        let answers = timeout(self.limit, connection.send_packed_commands(&pipeline, 0, count)).await;
        self.inner.noted(answers.map(|answers| answers.map_err(|error| error.to_string())))
    }

    /// Listens to the messages of a channel, on a connection of its own.
    ///
    /// # Errors
    /// If that takes longer than a second.
    pub(crate) async fn subscribe(&self, channel: &str) -> Result<Subscription, Unavailable> {
        let client = Client::open(self.inner.info.clone()).map_err(|_| Unavailable)?;
        let subscribing = async {
            let mut messages = client.get_async_pubsub().await?;
            messages.subscribe(channel).await?;
            Ok::<_, deadpool_redis::redis::RedisError>(messages.split())
        };
        let (sink, stream) = match timeout(CONNECT_TIMEOUT, subscribing).await {
            Ok(Ok(parts)) => parts,
            // Commands have a connection of their own, which may still work.
            Ok(Err(error)) => return Err(self.inner.report(&mut self.inner.state(), &error)),
            Err(_) => return Err(self.inner.report(&mut self.inner.state(), &"no response in time")),
        };
        Ok(Subscription { sink, stream })
    }

    /// The current connection, when it is open.
    async fn connection(&self) -> Result<MultiplexedConnection, Unavailable> {
        let making = match self.link() {
            None | Some(Link::Down) => return Err(Unavailable),
            Some(Link::Up(connection)) => return Ok(connection),
            Some(Link::Making(making)) => making,
        };
        match timeout(self.limit, making).await {
            Ok(made) => made.ok_or(Unavailable),
            Err(_) => {
                self.inner.state().failed.get_or_insert_with(Instant::now);
                Err(Unavailable)
            }
        }
    }

    /// The current connection, or a new one that is being opened; `None` during the pause after a failure.
    fn link(&self) -> Option<Link> {
        let mut state = self.inner.state();
        match &state.link {
            Link::Down if state.failed.is_some_and(|failed| failed.elapsed() < PAUSE) => return None,
            Link::Down => {}
            // Nobody waits for a server that did not respond before.
            Link::Making(_) if state.failed.is_some() => return None,
            link => return Some(link.clone()),
        }
        let inner = self.inner.clone();
        // A separate task, because the waiting request may be dropped before the connection is open.
        let making = tokio::spawn(async move { inner.connect().await });
        state.link = Link::Making(making.map(|made| made.ok().flatten()).boxed().shared());
        state.failed.is_none().then(|| state.link.clone())
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

    /// Records whether a command had a result.
    fn noted<T>(&self, answer: Result<Result<T, String>, tokio::time::error::Elapsed>) -> Result<T, Unavailable> {
        match answer {
            Ok(Ok(answer)) => {
                self.worked();
                return Ok(answer);
            }
            Ok(Err(error)) => self.fail(&error),
            Err(_) => self.fail(&"no response in time"),
        }
        Err(Unavailable)
    }

    fn worked(&self) {
        let mut state = self.state();
        state.failed = None;
        if std::mem::take(&mut state.reported) && self.failing.fetch_sub(1, Ordering::Relaxed) == 1 {
            tracing::info!(address = %self.info.addr(), "Redis responds again");
        }
    }

    /// Records a failure. The next command opens a new connection.
    fn fail(&self, error: &dyn fmt::Display) {
        let mut state = self.state();
        state.link = Link::Down;
        state.failed = Some(Instant::now());
        self.report(&mut state, error);
    }

    /// Writes a failure to the log, if no client of this server has failed since the last success. The address has no
    /// password.
    fn report(&self, state: &mut State, error: &dyn fmt::Display) -> Unavailable {
        if !std::mem::replace(&mut state.reported, true) && self.failing.fetch_add(1, Ordering::Relaxed) == 0 {
            let address = self.info.addr();
            tracing::warn!(%address, %error, "Redis cannot be used; processes continue without shared state");
        }
        Unavailable
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.state().reported {
            self.failing.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What is wrong with a URL, without its password.
fn unreadable(url: &str, error: &RedisError) -> String {
    const FORM: &str = "write redis://host:6379, redis://:password@host:6379/0, or rediss://host:6379 for TLS";
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    if matches!(scheme, "rediss" | "valkeys") && !cfg!(feature = "redis-tls") {
        return format!("TLS ({scheme}://) needs the feature `redis-tls`; enable it in Cargo.toml, or {FORM}");
    }
    let why = match scheme {
        // The first part of the client's text is fixed, such as "Invalid database number"; what follows can be a value.
        "redis" | "rediss" | "valkey" | "valkeys" => {
            error.to_string().split(" - ").next().unwrap_or_default().to_lowercase()
        }
        "" => "it has no `redis://`".to_owned(),
        _ => "it does not begin with `redis://`".to_owned(),
    };
    format!("{why}; {FORM}; characters such as `@`, `/` and `#` in a password are percent-encoded")
}

impl fmt::Debug for Redis {
    /// Without the URL, which may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

/// The messages of a channel.
pub(crate) struct Subscription {
    sink: PubSubSink,
    stream: PubSubStream,
}

impl Subscription {
    /// The next message; `None` when the connection is lost. It can be dropped without losing a message.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        self.stream.next().await.map(|message| message.get_payload_bytes().to_vec())
    }

    /// Waits until the server responds on this connection. Messages that were published before are then received.
    ///
    /// # Errors
    /// If the connection is lost.
    pub(crate) async fn ping(&mut self) -> Result<(), Unavailable> {
        self.sink.ping::<Value>().await.map(drop).map_err(|_| Unavailable)
    }
}

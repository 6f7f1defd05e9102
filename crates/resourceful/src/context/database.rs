//! Opening the database.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

#[cfg(feature = "sqlite")]
use super::lanes::Lanes;
use crate::error::{Error, Result};
use crate::limits::Limits;

/// SQLite or PostgreSQL.
pub type Backend = sea_orm::DbBackend;

/// The collation that makes SQLite's decimals, which are text, compare and sort as numbers.
pub const DECIMAL_COLLATION: &str = "resourceful_decimal";

/// What is open after [`connect`].
pub(super) struct Opened {
    /// The pool.
    pub(super) db: DatabaseConnection,
    /// SQLite's connections for what the framework itself runs.
    #[cfg(feature = "sqlite")]
    pub(super) lanes: Option<Lanes>,
    #[cfg(not(feature = "sqlite"))]
    pub(super) lanes: Option<std::convert::Infallible>,
}

/// How the database is reached.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite://./data/app.db?mode=rwc`, `sqlite::memory:` or `postgres://user:password@host/database`.
    pub url: String,
    /// The most connections of the process; on SQLite one more writes.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long the database may work on one statement; as long as it takes when `None`, as migrations need.
    pub statement_timeout: Option<Duration>,
    /// How long a statement waits on PostgreSQL for somebody else's lock.
    pub lock_timeout: Duration,
    /// How long a transaction may stand idle on PostgreSQL.
    pub transaction_timeout: Duration,
}

impl DatabaseSettings {
    /// Whether the database lives in the memory of its one connection.
    pub fn is_in_memory(&self) -> bool {
        self.url.contains(":memory:") || self.url.contains("mode=memory")
    }

    /// Settings with the usual limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self::with(url, &Limits::default())
    }

    /// Settings with these limits.
    pub fn with(url: impl Into<String>, limits: &Limits) -> Self {
        Self {
            url: url.into(),
            max_connections: u32::try_from(limits.database_connections).unwrap_or(u32::MAX),
            acquire_timeout: limits.acquire_timeout,
            statement_timeout: Some(limits.statement_timeout).filter(|limit| *limit < Duration::MAX),
            lock_timeout: limits.lock_timeout,
            transaction_timeout: limits.transaction_timeout,
        }
    }
}

/// Without the address, which holds a password.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

pub(super) async fn connect(settings: &DatabaseSettings) -> Result<Opened> {
    let scheme = settings.url.split(':').next().unwrap_or_default();
    let mut options = ConnectOptions::new(settings.url.clone());
    options
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .connect_timeout(settings.acquire_timeout)
        .sqlx_logging(false)
        // A ping before each use would double the round trips; an idle connection may have died.
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" => return super::sqlite::connect(options, settings).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => {
            if let Some(timeout) = settings.statement_timeout {
                options.statement_timeout(timeout);
            }
            // A forgotten transaction and a waiting lock must not hold others up for ever.
            let limits = [
                ("lock_timeout", milliseconds(settings.lock_timeout)),
                ("idle_in_transaction_session_timeout", milliseconds(settings.transaction_timeout)),
            ];
            options.map_sqlx_postgres_opts(move |postgres| postgres.options(limits.clone()));
        }
        _ => {
            let known: &[&str] = &[
                #[cfg(feature = "sqlite")]
                "sqlite",
                #[cfg(feature = "postgres")]
                "postgres",
            ];
            let message = format!(
                "DATABASE_URL begins with `{scheme}:`; this build knows {}. Other databases need their feature of the resourceful crate",
                known.join(", ")
            );
            return Err(Error::startup(message));
        }
    }
    Ok(Opened { db: open(options).await?, lanes: None })
}

pub(super) async fn open(options: ConnectOptions) -> Result<DatabaseConnection> {
    Database::connect(options)
        .await
        .map_err(|error| Error::startup(format!("the database of DATABASE_URL cannot be opened: {error}")))
}

/// As PostgreSQL's settings have it, where 0 is no limit.
#[cfg(feature = "postgres")]
fn milliseconds(limit: Duration) -> String {
    let most = Duration::from_millis(i32::MAX as u64);
    if limit > most { "0".to_owned() } else { limit.as_millis().max(1).to_string() }
}

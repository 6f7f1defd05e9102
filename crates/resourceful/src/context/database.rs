//! The settings of the database.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

#[cfg(feature = "sqlite")]
use super::lanes::Lanes;
use super::replicas::ReplicaSettings;
use crate::env::{Reader, Setting};
use crate::error::StartupError;
use crate::limits::Limits;

/// SQLite or PostgreSQL.
pub type Backend = sea_orm::DbBackend;

/// The collation with which SQLite compares and sorts decimals, which are stored as text, as numbers.
pub const DECIMAL_COLLATION: &str = "resourceful_decimal";

/// The longest timeout: drivers add it to the current time, and store it in 31 bits of milliseconds.
pub(super) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// From which time on a statement is slow.
const SLOW: Duration = Duration::from_millis(500);

/// An open database.
pub(super) struct Opened {
    /// A pool for each part of the connections, at least one.
    pub(super) dbs: Vec<DatabaseConnection>,
    /// SQLite's connections for the statements of the framework.
    #[cfg(feature = "sqlite")]
    pub(super) lanes: Option<Lanes>,
    #[cfg(not(feature = "sqlite"))]
    pub(super) lanes: Option<std::convert::Infallible>,
}

impl Opened {
    pub(super) fn backend(&self) -> Backend {
        self.dbs.first().map_or(Backend::Sqlite, DatabaseConnection::get_database_backend)
    }
}

/// What is between the application and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooler {
    /// Nothing, or a pooler in session mode: each connection is a session of its own.
    #[default]
    None,
    /// A pooler in transaction mode, such as PgBouncer: each transaction has another session.
    Transaction,
}

impl FromStr for Pooler {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "none" => Ok(Self::None),
            "transaction" => Ok(Self::Transaction),
            _ => Err(()),
        }
    }
}

/// The settings of the database.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite://./data/app.db?mode=rwc`, `sqlite::memory:` or `postgres://user:password@host/database`.
    pub url: String,
    /// The most connections of the process; on SQLite there are three more, for writes.
    pub max_connections: u32,
    /// The number of the server's worker threads. On PostgreSQL each has its own part of the connections, because a
    /// connection is faster on the thread that opened it; with 1 all threads share them, as programs without a server
    /// should.
    pub workers: usize,
    /// How long a request waits for a connection; then the response is 503.
    pub acquire_timeout: Duration,
    /// How long a statement may take until its result has arrived; no limit if `None`, as migrations need. The timeout
    /// that is set in PostgreSQL is a little shorter, so that the database cancels the statement first.
    pub statement_timeout: Option<Duration>,
    /// How long a statement waits for a lock of another transaction on PostgreSQL.
    pub lock_timeout: Duration,
    /// How long a transaction may be idle on PostgreSQL.
    pub transaction_timeout: Duration,
    /// `SLOW_STATEMENT`: from which time on a statement is logged as slow; none is if `None`.
    pub slow_statement: Option<Duration>,
    /// The replicas that answer reads of requests, of PostgreSQL only.
    pub replicas: ReplicaSettings,
    /// `DATABASE_POOLER`: what is between the application and PostgreSQL.
    pub pooler: Pooler,
}

impl DatabaseSettings {
    /// Whether the database is in the memory of its only connection.
    pub fn is_in_memory(&self) -> bool {
        self.url.contains(":memory:") || self.url.contains("mode=memory")
    }

    /// The longest wait for a result, if there is a limit. It is longer than the statement timeout of the database, so
    /// that the database reports the timeout first.
    pub(super) fn statement_limit(&self) -> Option<Duration> {
        if self.is_sqlite() {
            return None;
        }
        let way = Duration::from_millis(250);
        self.statement_timeout
            .map(|timeout| timeout.min(LONGEST))
            .map(|timeout| (timeout * 24 / 25).max(timeout * 9 / 10 + way))
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    #[cfg(feature = "postgres")]
    pub(super) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres:") || self.url.starts_with("postgresql:")
    }

    /// Whether transactions share sessions.
    pub(super) fn is_pooled(&self) -> bool {
        self.pooler == Pooler::Transaction && !self.is_sqlite()
    }

    /// The file of a SQLite database, if it has one.
    pub(super) fn file(&self) -> Option<std::path::PathBuf> {
        #[cfg(feature = "sqlite")]
        if self.is_sqlite() && !self.is_in_memory() {
            let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().ok()?;
            let file = options.get_filename();
            return (!file.as_os_str().is_empty() && !file.starts_with("file:")).then(|| file.to_owned());
        }
        None
    }

    /// The file of a SQLite database that does not exist yet.
    pub(crate) fn missing_file(&self) -> Option<std::path::PathBuf> {
        self.file().filter(|file| !file.exists())
    }

    pub(crate) fn variables() -> Vec<Setting> {
        let own = vec![
            Setting::new(
                "DATABASE_URL",
                "The database: sqlite://PATH?mode=rwc or postgres://USER:PASSWORD@HOST/DATABASE (feature `postgres`, with \
                 TLS feature `tls`).",
            )
            .default("sqlite://./data/app.db?mode=rwc")
            .required()
            .secret(),
            Setting::new(
                "DATABASE_POOLER",
                "What is between the application and PostgreSQL: none, or transaction for a pooler in transaction mode such as \
                 PgBouncer. Statements then need more round trips, and nothing is kept in a session.",
            )
            .default("none"),
            Setting::new(
                "SLOW_STATEMENT",
                "From how many seconds on a SQL statement is logged as slow, with the operation that it ran for and without \
                 values. 0 logs none.",
            )
            .default("0.5"),
        ];
        [own, ReplicaSettings::variables()].concat()
    }

    /// Reads `DATABASE_URL`, with the limits of the database. It is required in production; otherwise the default is a
    /// SQLite file in this folder.
    pub(crate) fn from_env(reader: &mut Reader<'_>, limits: &Limits, folder: &str) -> Self {
        let url = reader.secret("DATABASE_URL");
        if reader.is_production() && url.is_none() {
            reader.problem("DATABASE_URL is missing; production has no default database");
        }
        let url = url.unwrap_or_else(|| format!("sqlite://{folder}/app.db?mode=rwc"));
        let slow_statement = match reader.fraction("SLOW_STATEMENT") {
            None => Some(SLOW),
            Some(time) => Some(time).filter(|time| !time.is_zero()),
        };
        let replicas = ReplicaSettings::from_env(reader, url.starts_with("postgres"));
        let pooler = reader.parsed("DATABASE_POOLER", "`none` or `transaction`").unwrap_or_default();
        let has_replicas = !replicas.urls.is_empty();
        let settings = Self { slow_statement, replicas, pooler, ..Self::with(url, limits) };
        if settings.is_sqlite() && pooler != Pooler::None {
            reader
                .problem("DATABASE_POOLER is for PostgreSQL only, and DATABASE_URL names a SQLite database; unset it");
        }
        if has_replicas && pooler != Pooler::None {
            reader.problem(
                "DATABASE_READ_URL and DATABASE_POOLER=transaction cannot be used together. Unset DATABASE_READ_URL, or connect \
                 straight to the servers and unset DATABASE_POOLER",
            );
        }
        settings
    }

    /// Settings with the default limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self::with(url, &Limits::default())
    }

    /// Settings with these limits.
    pub fn with(url: impl Into<String>, limits: &Limits) -> Self {
        Self {
            url: url.into(),
            max_connections: u32::try_from(limits.database_connections).unwrap_or(u32::MAX),
            workers: 1,
            acquire_timeout: limits.acquire_timeout,
            statement_timeout: Some(limits.statement_timeout).filter(|limit| *limit < Duration::MAX),
            lock_timeout: limits.lock_timeout,
            transaction_timeout: limits.transaction_timeout,
            slow_statement: Some(SLOW),
            replicas: ReplicaSettings::default(),
            pooler: Pooler::None,
        }
    }
}

/// Without the URL, which may contain a password.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

/// Opens a pool.
pub(super) async fn open(options: ConnectOptions) -> Result<DatabaseConnection, StartupError> {
    Database::connect(options)
        .await
        .map_err(|error| StartupError::new(format!("the database of DATABASE_URL cannot be opened: {error}")))
}

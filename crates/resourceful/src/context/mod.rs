//! What every part of a running application shares: the database, the token verifier, and a few limits.

pub(crate) mod budget;
pub(crate) mod connection;
mod crossings;
mod database;
pub(crate) mod db_error;
mod gate;
mod grants;
#[cfg(feature = "sqlite")]
mod lanes;
mod maintenance;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod rows;
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
pub(crate) mod stale;
mod tables;
mod transaction;

pub use connection::Connection;
pub(crate) use crossings::Retried;
pub use database::{Backend, DECIMAL_COLLATION, DatabaseSettings};
pub use grants::GrantSource;
pub(crate) use maintenance::Maintenance;
pub use secret::Secret;
pub(crate) use transaction::Failure;
pub use transaction::{Scope, Tx};

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

use crate::auth::Verifier;
use crate::error::Result;
use crate::limits::Limits;

/// What every part of a running application shares. Cloning is cheap.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    db: DatabaseConnection,
    gate: gate::Gate,
    answers: budget::Answers,
    options: Options,
    verifier: Option<Arc<Verifier>>,
    crossings: crossings::Crossings,
    columns: tables::Columns,
    /// The database is not there yet, or its tables are not ready.
    closed: std::sync::atomic::AtomicBool,
    /// How long anybody waits for the answer to a statement.
    statement_limit: Option<Duration>,
    /// When the database answered last, as `stale` counts.
    heard: AtomicU64,
    /// What the engine keeps for the application: how callers get rows of their own.
    provisioning: OnceLock<Box<dyn Any + Send + Sync>>,
    /// What the application grants to callers itself.
    grants: OnceLock<Box<dyn GrantSource>>,
    /// By table: the words that stand where an id stands in the paths of endpoints.
    path_words: RwLock<HashMap<&'static str, HashSet<String>>>,
    /// Whether a statement of this database can fail and keep what it has done, and when that was found out.
    halfway: Mutex<Option<(Instant, bool)>>,
    /// How many statements were run, for tests.
    #[cfg(feature = "testing")]
    statements: Arc<std::sync::atomic::AtomicU64>,
}

/// Limits and habits of the whole application.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API begins: `/api/v1`; empty or `/` for the root of the server.
    pub api_prefix: String,
    /// What a request can use at most.
    pub limits: Limits,
    /// Development: answers may say more.
    pub development: bool,
    /// What cursors are sealed with. Processes that serve the same callers share it.
    pub secret: Secret,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_prefix: "/api/v1".to_owned(),
            limits: Limits::default(),
            development: false,
            secret: Secret::random(),
        }
    }
}

impl Context {
    /// A context over an open database. On SQLite prefer [`connect`](Self::connect): of a connection that is open already
    /// nobody knows how to open others like it, so writers share its pool with readers, who can keep them waiting, and
    /// no statement is stopped when it takes too long.
    pub fn new(db: DatabaseConnection, options: Options, verifier: Option<Verifier>) -> Self {
        // How long the statements of an open database may take, only who opened it knows.
        let limits = DatabaseSettings { statement_timeout: None, ..DatabaseSettings::with("", &options.limits) };
        let gate = gate::Gate::new(db.get_database_backend(), limits.acquire_timeout);
        #[cfg(feature = "testing")]
        let (db, statements) = counted(db);
        Self::of(
            db,
            gate,
            &limits,
            options,
            verifier,
            #[cfg(feature = "testing")]
            statements,
        )
    }

    fn of(
        db: DatabaseConnection,
        gate: gate::Gate,
        limits: &DatabaseSettings,
        mut options: Options,
        verifier: Option<Verifier>,
        #[cfg(feature = "testing")] statements: Arc<std::sync::atomic::AtomicU64>,
    ) -> Self {
        // `/` is no prefix at all.
        options.api_prefix.truncate(options.api_prefix.trim_end_matches('/').len());
        Self(Arc::new(Inner {
            db,
            gate,
            answers: budget::Answers::new(&options.limits),
            options,
            verifier: verifier.map(Arc::new),
            crossings: crossings::Crossings::new(limits.max_connections),
            columns: tables::Columns::default(),
            closed: std::sync::atomic::AtomicBool::new(false),
            statement_limit: limits.statement_limit(),
            heard: AtomicU64::new(0),
            provisioning: OnceLock::new(),
            grants: OnceLock::new(),
            path_words: RwLock::default(),
            halfway: Mutex::default(),
            #[cfg(feature = "testing")]
            statements,
        }))
    }

    /// How many statements the application has run so far: an answer must not cost more of them the more rows it has.
    #[cfg(feature = "testing")]
    pub fn statements(&self) -> u64 {
        self.0.statements.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Opens the database and makes a context over it.
    ///
    /// # Errors
    /// When the database cannot be opened; the message names the setting.
    pub async fn connect(database: &DatabaseSettings, options: Options, verifier: Option<Verifier>) -> Result<Self> {
        if let Some(why) = database::reach(database).await? {
            return Err(crate::error::Error::startup(format!("the database of DATABASE_URL cannot be opened: {why}")));
        }
        let opened = database::connect(database, false).await?;
        Ok(Self::over(opened, database, options, verifier))
    }

    fn over(
        opened: database::Opened,
        database: &DatabaseSettings,
        options: Options,
        verifier: Option<Verifier>,
    ) -> Self {
        let (db, patience) = (opened.db, database.acquire_timeout);
        #[cfg(feature = "testing")]
        let (db, statements) = counted(db);
        let gate = match opened.lanes {
            #[cfg(feature = "sqlite")]
            Some(lanes) => gate::Gate::with_lanes(lanes, patience),
            _ => gate::Gate::new(db.get_database_backend(), patience),
        };
        Self::of(
            db,
            gate,
            database,
            options,
            verifier,
            #[cfg(feature = "testing")]
            statements,
        )
    }

    fn answers(&self) -> &budget::Answers {
        &self.0.answers
    }

    /// Counts a statement that SeaORM does not see.
    fn count_statement(&self) {
        #[cfg(feature = "testing")]
        self.0.statements.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }

    /// Whether the database is there now; where it is not, waiting may help.
    ///
    /// # Errors
    /// Where waiting does not help; the message says what to change.
    pub(crate) async fn is_there(database: &DatabaseSettings) -> Result<bool> {
        Ok(database::reach(database).await?.is_none())
    }

    /// Makes a context over a database that need not be there yet. No caller is let in before [`open`](Self::open).
    ///
    /// # Errors
    /// When the settings cannot be understood.
    pub(crate) async fn connect_later(
        database: &DatabaseSettings,
        options: Options,
        verifier: Option<Verifier>,
    ) -> Result<Self> {
        let opened = database::connect(database, true).await?;
        let ctx = Self::over(opened, database, options, verifier);
        ctx.0.closed.store(true, std::sync::atomic::Ordering::Release);
        Ok(ctx)
    }

    /// Lets callers in.
    pub(crate) fn open(&self) {
        self.0.closed.store(false, std::sync::atomic::Ordering::Release);
    }

    /// Whether callers are let in.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.closed.load(std::sync::atomic::Ordering::Acquire)
    }

    fn gate(&self) -> &gate::Gate {
        &self.0.gate
    }

    fn statement_limit(&self) -> Option<Duration> {
        self.0.statement_limit
    }

    fn heard(&self) -> &AtomicU64 {
        &self.0.heard
    }

    /// The database, for SeaORM queries of one's own. Several writes that belong together go through
    /// [`transaction`](Self::transaction): SeaORM's own `begin` must not be used where the future that awaits it can be
    /// dropped, as a request's can, because sqlx 0.9 then loses the writes of whoever gets the connection next.
    pub fn db(&self) -> &DatabaseConnection {
        &self.0.db
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        self.0.db.get_database_backend()
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<()> {
        self.0.db.ping().await.map_err(crate::error::Error::internal)
    }

    /// Limits and habits.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// What verifies tokens; `None` in an application that serves no HTTP.
    pub fn verifier(&self) -> Option<&Arc<Verifier>> {
        self.0.verifier.as_ref()
    }

    /// What the application grants to callers, beside what their tokens do; `None` when it grants nothing.
    pub fn grants(&self) -> Option<&dyn GrantSource> {
        self.0.grants.get().map(AsRef::as_ref)
    }

    /// Sets what the application grants to callers itself. The first call counts.
    pub fn set_grants(&self, source: impl GrantSource) {
        let _ = self.0.grants.set(Box::new(source));
    }

    /// Whether an endpoint has this word in its path where the rows of a table have their id: a row with this id could
    /// not be reached.
    pub(crate) fn is_path_word(&self, table: &str, id: &str) -> bool {
        let words = self.0.path_words.read().unwrap_or_else(PoisonError::into_inner);
        words.get(table).is_some_and(|words| words.contains(id))
    }

    /// Adds such words of a table. Whoever assembles the endpoints knows them; each of several assemblies adds its own.
    pub(crate) fn add_path_words(&self, table: &'static str, words: impl IntoIterator<Item = String>) {
        let mut all = self.0.path_words.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(table).or_default().extend(words);
    }

    /// Whether a statement can fail and keep what it has done, if that was found out at a time that is good enough.
    pub(crate) fn halfway(&self, is_good: impl Fn(Instant) -> bool) -> Option<bool> {
        let known = *self.0.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(asked, _)| is_good(*asked)).map(|(_, found)| found)
    }

    /// Remembers whether a statement can fail and keep what it has done.
    pub(crate) fn set_halfway(&self, found: bool) {
        *self.0.halfway.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found));
    }

    /// How callers get rows of their own, if they do. The engine knows the type.
    pub(crate) fn provisioning<T: 'static>(&self) -> Option<&T> {
        self.0.provisioning.get()?.downcast_ref()
    }

    /// Sets how callers get rows of their own. The first call counts.
    pub(crate) fn set_provisioning(&self, provisioning: impl Any + Send + Sync) {
        let _ = self.0.provisioning.set(Box::new(provisioning));
    }
}

#[cfg(feature = "testing")]
fn counted(mut db: DatabaseConnection) -> (DatabaseConnection, Arc<std::sync::atomic::AtomicU64>) {
    let statements = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counter = statements.clone();
    db.set_metric_callback(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    });
    (db, statements)
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("options", &self.0.options).finish_non_exhaustive()
    }
}

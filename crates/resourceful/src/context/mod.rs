//! The context that all parts of a running application share: the database with its queues, the options of the
//! application, and extensions.

pub(crate) mod access;
mod after;
pub(crate) mod budget;
mod builder;
mod cached;
pub(crate) mod changes;
mod connection;
mod database;
pub(crate) mod db_error;
pub(crate) mod executor;
mod extensions;
mod grants;
#[cfg(feature = "postgres")]
mod held;
#[cfg(feature = "sqlite")]
mod lanes;
mod literals;
mod maintenance;
mod observe;
mod opening;
pub(crate) mod outcome;
mod part;
#[cfg(feature = "postgres")]
mod pooler;
mod pools;
#[cfg(feature = "postgres")]
mod postgres;
mod replicas;
mod retry;
mod rows;
mod secret;
#[cfg(feature = "sqlite")]
mod sqlite;
pub(crate) mod stale;
pub(crate) mod state;
mod summary;
mod tables;
mod transaction;
#[cfg(feature = "sqlite")]
mod turns;
pub(crate) mod usage;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod waiting;
pub(crate) mod work;
mod write_queue;

pub use builder::ContextBuilder;
pub use connection::Connection;
pub use database::{Backend, DECIMAL_COLLATION, DatabaseSettings, Pooler};
pub use executor::Executor;
pub(crate) use extensions::registered_twice;
pub use grants::GrantSource;
use grants::Granting;
pub(crate) use maintenance::Maintenance;
pub(crate) use pools::join_workers;
#[cfg(feature = "postgres")]
pub(crate) use pools::worker_number;
pub use replicas::ReplicaSettings;
#[cfg(feature = "postgres")]
pub(crate) use replicas::{Caller, ReadRoute, Replicas, Session, admitted, note_write};
pub(crate) use retry::Retried;
#[cfg(feature = "postgres")]
pub(crate) use rows::row_bytes;
pub use secret::Secret;
pub(crate) use transaction::Failure;
pub use transaction::Tx;

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

use crate::cache::{Cache, CacheSettings};
use crate::error::{Result, StartupError};
use crate::limits::Limits;
use crate::metrics::Metrics;
#[cfg(feature = "storage")]
use crate::storage::Storage;

/// What all parts of a running application share. Cloning is cheap.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    pools: pools::Pools,
    write_queue: write_queue::WriteQueue,
    answers: budget::Answers,
    options: Options,
    extensions: extensions::Extensions,
    retries: retry::RetryQueue,
    columns: tables::Columns,
    /// Whether the database is not available yet, or its tables are not ready.
    closed: std::sync::atomic::AtomicBool,
    /// Whether a pooler lets transactions share sessions.
    is_pooled: bool,
    /// The longest wait for the result of a statement.
    statement_limit: Option<Duration>,
    /// Notes the times of statements.
    observer: Arc<observe::Observer>,
    /// When the database last responded, in the unit of `stale`.
    heard: AtomicU64,
    /// The resources of the APIs.
    resources: changes::Resources,
    /// For each table: the fixed words that paths of endpoints have at the place of an id.
    path_words: RwLock<HashMap<&'static str, HashSet<String>>>,
    /// The replicas of the database, if there are any.
    #[cfg(feature = "postgres")]
    replicas: Option<Arc<Replicas>>,
    /// Whether a failed statement of this database can keep some of its changes, and when that was checked.
    halfway: Mutex<Option<(Instant, bool)>>,
    /// The number of statements so far, for tests.
    #[cfg(feature = "testing")]
    statements: Arc<std::sync::atomic::AtomicU64>,
}

/// Options of the whole application.
#[derive(Debug, Clone)]
pub struct Options {
    /// The limits of a request.
    pub limits: Limits,
    /// Whether responses may contain details for developers (in development).
    pub development: bool,
    /// The key that encrypts cursors. All processes of the application must have the same key.
    pub secret: Secret,
}

impl Default for Options {
    fn default() -> Self {
        Self { limits: Limits::default(), development: false, secret: Secret::random() }
    }
}

impl Context {
    /// Creates a builder for a context with these options.
    pub fn builder(options: Options) -> ContextBuilder {
        ContextBuilder::new(options)
    }

    fn from_parts(
        dbs: Vec<DatabaseConnection>,
        write_queue: write_queue::WriteQueue,
        limits: &DatabaseSettings,
        options: Options,
        extensions: extensions::Extensions,
        metrics: Option<Arc<Metrics>>,
        #[cfg(feature = "postgres")] replicas: Option<Arc<Replicas>>,
    ) -> Self {
        #[cfg(feature = "postgres")]
        let has_replicas = replicas.is_some();
        #[cfg(not(feature = "postgres"))]
        let has_replicas = false;
        let backend = dbs.first().map(DatabaseConnection::get_database_backend);
        let observer = Arc::new(observe::Observer::new(limits.slow_statement, metrics, backend));
        #[cfg(feature = "testing")]
        let statements = Arc::default();
        let mut dbs = dbs;
        for db in &mut dbs {
            #[cfg(feature = "testing")]
            observe_pool(db, &observer, has_replicas, &statements);
            #[cfg(not(feature = "testing"))]
            observe_pool(db, &observer, has_replicas);
        }
        Self(Arc::new(Inner {
            #[cfg(feature = "postgres")]
            pools: pools::Pools::new(dbs, pooler::begin(limits).as_ref()),
            #[cfg(not(feature = "postgres"))]
            pools: pools::Pools::new(dbs),
            is_pooled: limits.is_pooled(),
            write_queue,
            answers: budget::Answers::new(&options.limits),
            options,
            extensions,
            retries: retry::RetryQueue::new(limits.max_connections),
            columns: tables::Columns::default(),
            closed: std::sync::atomic::AtomicBool::new(false),
            statement_limit: limits.statement_limit(),
            observer,
            heard: AtomicU64::new(0),
            resources: changes::Resources::default(),
            path_words: RwLock::default(),
            #[cfg(feature = "postgres")]
            replicas,
            halfway: Mutex::default(),
            #[cfg(feature = "testing")]
            statements,
        }))
    }

    /// The number of statements that the application has run so far. Tests use it to check that the number of statements
    /// of a request does not depend on the number of rows.
    #[cfg(feature = "testing")]
    pub fn statements(&self) -> u64 {
        self.0.statements.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn answers(&self) -> &budget::Answers {
        &self.0.answers
    }

    /// A statement begins that does not run through SeaORM; it ends when the result is dropped.
    fn begin_statement(&self, statement: &impl observe::Text) -> Option<observe::Running<'_>> {
        #[cfg(feature = "testing")]
        self.0.statements.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.0.observer.begin(statement)
    }

    /// The end of a transaction begins. It is no statement of the application's.
    fn begin_commit(&self) -> Option<observe::Running<'_>> {
        self.0.observer.begin(&"COMMIT")
    }

    /// What is counted; `None` if the application serves no metrics.
    pub(crate) fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.0.observer.metrics()
    }

    /// Whether the database is available now. If not, waiting may help.
    ///
    /// # Errors
    /// If waiting does not help; the message says what to change.
    pub(crate) async fn is_there(database: &DatabaseSettings) -> Result<bool, StartupError> {
        Ok(opening::reach(database).await?.is_none())
    }

    /// Refuses requests until [`open`](Self::open).
    fn close(&self) {
        self.0.closed.store(true, std::sync::atomic::Ordering::Release);
    }

    /// Begins to accept requests.
    pub(crate) fn open(&self) {
        self.0.closed.store(false, std::sync::atomic::Ordering::Release);
    }

    /// Whether requests are accepted.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.closed.load(std::sync::atomic::Ordering::Acquire)
    }

    fn write_queue(&self) -> &write_queue::WriteQueue {
        &self.0.write_queue
    }

    fn statement_limit(&self) -> Option<Duration> {
        self.0.statement_limit
    }

    fn heard(&self) -> &AtomicU64 {
        &self.0.heard
    }

    /// The database, for your own SeaORM queries: `project::Entity::find().all(ctx.db())`. `&ctx` is equivalent. Each
    /// statement runs alone, on any connection; on SQLite a write waits for its turn. For several writes that belong
    /// together use [`transaction`](Self::transaction).
    pub fn db(&self) -> &Self {
        self
    }

    /// SeaORM's own pool of connections, for what [`db`](Self::db) does not have, such as streams of rows. Statements of it
    /// do not wait for their turn on SQLite. Do not use SeaORM's `begin` if the future that awaits it can be dropped, as the
    /// future of a request can: sqlx 0.9 then loses the writes of the next user of the connection.
    ///
    /// On PostgreSQL each worker of the server has its own pool, a part of the connections of the process. This is the
    /// pool of the calling worker, or another one that has a free connection while that one has none: call this method
    /// for each query, and do not keep its result.
    ///
    /// # Errors
    /// Behind a pooler in transaction mode (`DATABASE_POOLER=transaction`): with the statements of this pool, clients would
    /// receive the rows of others.
    pub fn pool(&self) -> Result<&DatabaseConnection> {
        match self.0.is_pooled {
            false => Ok(self.seaorm()),
            true => Err(crate::error::Error::internal(
                "SeaORM's own pool cannot be used with DATABASE_POOLER=transaction; use `ctx.db()` or `ctx.transaction(..)`",
            )),
        }
    }

    /// Whether a pooler lets transactions share sessions.
    pub(crate) fn is_pooled(&self) -> bool {
        self.0.is_pooled
    }

    /// SeaORM's pool of the calling worker.
    fn seaorm(&self) -> &DatabaseConnection {
        self.0.pools.db()
    }

    /// The pool of code that is no worker of a server, for a connection that is held for a long time.
    #[cfg(feature = "rbac")]
    pub(crate) fn outside_db(&self) -> &DatabaseConnection {
        self.0.pools.outside()
    }

    /// A value that a part of the framework keeps as long as this context exists: one of each type, made when it is first
    /// needed.
    pub(crate) fn kept<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.0.extensions.get_or_add(T::default)
    }

    #[cfg(feature = "postgres")]
    fn pools(&self) -> &pools::Pools {
        &self.0.pools
    }

    /// The replicas of the database, if there are any.
    #[cfg(feature = "postgres")]
    pub(crate) fn replicas(&self) -> Option<&Arc<Replicas>> {
        self.0.replicas.as_ref()
    }

    /// Closes all connections.
    #[cfg(feature = "testing")]
    pub(crate) async fn disconnect(&self) {
        self.0.pools.close().await;
    }

    /// The kind of database.
    pub fn backend(&self) -> Backend {
        self.0.pools.backend()
    }

    /// Checks that the database responds.
    ///
    /// # Errors
    /// If it does not respond.
    pub async fn ping(&self) -> Result<()> {
        self.seaorm().ping().await.map_err(crate::error::Error::internal)
    }

    /// The options of the whole application.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// The extension of this type, if there is one.
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.extensions.get()
    }

    /// The cache of the application. A context whose builder got no [`Cache`] has its own in memory.
    pub fn cache(&self) -> Cache {
        let own = || Cache::in_memory(CacheSettings::default().memory_limit);
        Cache::clone(&self.0.extensions.get_or_add(own))
    }

    /// The mailer of the application. A context whose builder got no [`Mailer`](crate::mail::Mailer) has one that writes
    /// mails to the log.
    #[cfg(feature = "mail")]
    pub(crate) fn direct_mailer(&self) -> crate::mail::Mailer {
        use crate::mail::Mailer;
        Mailer::clone(&self.0.extensions.get_or_add(Mailer::to_log))
    }

    /// Where the application keeps files.
    ///
    /// # Panics
    /// In a context of your own [`builder`](Self::builder) that got no [`Storage`]: add one with `extension`. Applications and
    /// [`from_env`](Self::from_env) have one.
    #[cfg(feature = "storage")]
    pub fn storage(&self) -> Storage {
        let storage = self.extension::<Storage>();
        let storage =
            storage.unwrap_or_else(|| panic!("this context has no storage; add one: `.extension(Storage::new(..))`"));
        Storage::clone(&storage)
    }

    /// Adds an extension to an existing context. `name` is for messages.
    ///
    /// # Errors
    /// If there is an extension of this type already.
    pub(crate) fn extend<T: Any + Send + Sync>(&self, name: &str, value: T) -> Result<(), StartupError> {
        self.0.extensions.add(name, Arc::new(value))
    }

    /// The source of additional permissions, which are added to those of the tokens; `None` if there is none.
    pub fn grants(&self) -> Option<Arc<dyn GrantSource>> {
        self.extension::<Granting>().map(|granting| granting.0.clone())
    }

    /// Sets the source of additional permissions.
    ///
    /// # Errors
    /// If it is set already.
    pub fn set_grants(&self, source: impl GrantSource) -> Result<(), StartupError> {
        self.extend(grants::NAME, Granting::new(source))
    }

    /// Whether an endpoint has this word in its path at the place of the id of this table's rows: a row with this id could
    /// not be requested.
    pub(crate) fn is_path_word(&self, table: &str, id: &str) -> bool {
        let words = self.0.path_words.read().unwrap_or_else(PoisonError::into_inner);
        words.get(table).is_some_and(|words| words.contains(id))
    }

    /// Adds such words for a table. Each assembly of endpoints adds its own.
    pub(crate) fn add_path_words(&self, table: &'static str, words: impl IntoIterator<Item = String>) {
        let mut all = self.0.path_words.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(table).or_default().extend(words);
    }

    /// Whether a failed statement can keep some of its changes, if that was checked recently enough.
    pub(crate) fn halfway(&self, is_good: impl Fn(Instant) -> bool) -> Option<bool> {
        let known = *self.0.halfway.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|(asked, _)| is_good(*asked)).map(|(_, found)| found)
    }

    /// Stores whether a failed statement can keep some of its changes.
    pub(crate) fn set_halfway(&self, found: bool) {
        *self.0.halfway.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found));
    }
}

/// Notes the statements that run through SeaORM, also those of the application.
fn observe_pool(
    db: &mut DatabaseConnection,
    observer: &Arc<observe::Observer>,
    has_replicas: bool,
    #[cfg(feature = "testing")] statements: &Arc<AtomicU64>,
) {
    #[cfg(not(feature = "postgres"))]
    let _ = has_replicas;
    let observer = observer.clone();
    #[cfg(feature = "testing")]
    let statements = statements.clone();
    db.set_metric_callback(move |info| {
        #[cfg(feature = "testing")]
        statements.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        usage::note(info.elapsed);
        observer.note(&info.statement.sql, info.elapsed);
        #[cfg(feature = "postgres")]
        if has_replicas {
            replicas::note_statement(&info.statement.sql);
        }
    });
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("options", &self.0.options).finish_non_exhaustive()
    }
}

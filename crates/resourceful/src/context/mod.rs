//! What every part of a running application shares: the database, the token verifier, and a few limits.

pub(crate) mod connection;
mod database;
mod gate;
mod grants;
mod secret;
mod transaction;

pub use connection::Connection;
pub use database::{Backend, DECIMAL_COLLATION, DatabaseSettings};
pub use grants::GrantSource;
pub use secret::Secret;
pub(crate) use transaction::Failure;
pub use transaction::{Scope, Tx};

use std::any::Any;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

use crate::auth::Verifier;
use crate::error::Result;

/// What every part of a running application shares. Cloning is cheap.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    db: DatabaseConnection,
    gate: gate::Gate,
    options: Options,
    verifier: Option<Arc<Verifier>>,
    /// What the engine keeps for the application: how callers get rows of their own.
    provisioning: OnceLock<Box<dyn Any + Send + Sync>>,
    /// What the application grants to callers itself.
    grants: OnceLock<Box<dyn GrantSource>>,
    /// Whether a statement of this database can fail and keep what it has done, and when that was found out.
    halfway: Mutex<Option<(Instant, bool)>>,
    /// How many statements were run, for tests.
    #[cfg(feature = "testing")]
    statements: Arc<std::sync::atomic::AtomicU64>,
}

/// Limits and habits of the whole application.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API begins: `/api/v1`.
    pub api_prefix: String,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// The most parts of a JSON body: each name, string, number, `true`, `false` and `null` is one, an array is three, an
    /// object nine. One part takes about 64 bytes of memory, and so the limit bounds what a request takes: many small
    /// values need a hundred times their text.
    pub body_parts: usize,
    /// Development: answers may say more.
    pub development: bool,
    /// What cursors are sealed with. Processes that serve the same callers share it.
    pub secret: Secret,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_prefix: "/api/v1".to_owned(),
            body_limit: 1024 * 1024,
            body_parts: 45_000,
            development: false,
            secret: Secret::random(),
        }
    }
}

impl Context {
    /// A context over an open database.
    pub fn new(db: DatabaseConnection, options: Options, verifier: Option<Verifier>) -> Self {
        Self::with_patience(db, Duration::from_secs(3), options, verifier)
    }

    /// The same, where nobody waits longer for somebody else.
    fn with_patience(db: DatabaseConnection, patience: Duration, options: Options, verifier: Option<Verifier>) -> Self {
        let gate = gate::Gate::new(db.get_database_backend(), patience);
        #[cfg(feature = "testing")]
        let (db, statements) = counted(db);
        Self(Arc::new(Inner {
            db,
            gate,
            options,
            verifier: verifier.map(Arc::new),
            provisioning: OnceLock::new(),
            grants: OnceLock::new(),
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
        let db = database::connect(database).await?;
        Ok(Self::with_patience(db, database.acquire_timeout, options, verifier))
    }

    fn gate(&self) -> &gate::Gate {
        &self.0.gate
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

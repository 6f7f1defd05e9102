//! What every part of a running application shares: the database, the token verifier, and a few limits.

mod database;

pub use database::{Backend, DECIMAL_COLLATION, DatabaseSettings};

use std::sync::{Arc, OnceLock};

use sea_orm::DatabaseConnection;

use crate::actor::CurrentUser;
use crate::auth::Verifier;
use crate::error::Result;
use crate::resource::{Assignments, Input, Resource, ResourceTable};

/// What every part of a running application shares. Cloning is cheap.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    db: DatabaseConnection,
    options: Options,
    verifier: Option<Arc<Verifier>>,
    provisioning: OnceLock<Provisioning>,
}

/// Limits and habits of the whole application.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API begins: `/api/v1`.
    pub api_prefix: String,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// Development: answers may say more.
    pub development: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { api_prefix: "/api/v1".to_owned(), body_limit: 1024 * 1024, development: false }
    }
}

/// How a caller who is seen for the first time gets a row of his own.
pub struct Provisioning {
    /// The resource that holds callers, its id the token's `sub`.
    pub(crate) table: &'static ResourceTable,
    /// The row of a caller.
    pub(crate) row: Box<dyn Fn(&CurrentUser) -> Assignments + Send + Sync>,
    /// Callers whose row is known to exist.
    pub(crate) known: moka::future::Cache<String, ()>,
}

impl Provisioning {
    pub(crate) fn new(
        table: &'static ResourceTable,
        row: impl Fn(&CurrentUser) -> Assignments + Send + Sync + 'static,
    ) -> Self {
        // A caller who falls out of the cache costs one more INSERT that does nothing.
        Self { table, row: Box::new(row), known: moka::future::Cache::new(100_000) }
    }
}

impl Context {
    /// A context over an open database.
    pub fn new(db: DatabaseConnection, options: Options, verifier: Option<Verifier>) -> Self {
        Self(Arc::new(Inner { db, options, verifier: verifier.map(Arc::new), provisioning: OnceLock::new() }))
    }

    /// Opens the database and makes a context over it.
    ///
    /// # Errors
    /// When the database cannot be opened; the message names the setting.
    pub async fn connect(database: &DatabaseSettings, options: Options, verifier: Option<Verifier>) -> Result<Self> {
        Ok(Self::new(database::connect(database).await?, options, verifier))
    }

    /// The database, for SeaORM queries of one's own.
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

    /// How callers get rows of their own, if they do.
    pub(crate) fn provisioning(&self) -> Option<&Provisioning> {
        self.0.provisioning.get()
    }

    /// Gives every caller a row of `R` before the first write that refers to it, once for each subject. The row's id is
    /// the token's `sub`; the function says the rest. The first call counts. `App::provision` does the same.
    pub fn provision<R: Resource>(&self, row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) {
        self.set_provisioning(Provisioning::new(R::TABLE, move |caller| row(caller).into_assignments()));
    }

    /// Sets how callers get rows of their own.
    pub(crate) fn set_provisioning(&self, provisioning: Provisioning) {
        let _ = self.0.provisioning.set(provisioning);
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("options", &self.0.options).finish_non_exhaustive()
    }
}

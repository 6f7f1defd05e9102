//! Builds a context: options, extensions, and then the database.

use std::any::Any;
use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::extensions::Extensions;
#[cfg(feature = "postgres")]
use super::replicas::Replicas;
use super::write_queue::WriteQueue;
use super::{Context, DatabaseSettings, GrantSource, Granting, Options, database, opening};
use crate::error::StartupError;
use crate::metrics::Metrics;

/// Builds a [`Context`]; created by [`Context::builder`].
///
/// ```
/// use resourceful::Context;
/// use resourceful::context::{DatabaseSettings, Options};
///
/// struct Mailer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> resourceful::Result<()> {
/// let database = DatabaseSettings::new("sqlite::memory:");
/// let ctx = Context::builder(Options::default()).extension(Mailer).connect(&database).await?;
/// assert!(ctx.extension::<Mailer>().is_some());
/// # Ok(())
/// # }
/// ```
#[must_use = "call `connect` or `over` to create the context"]
pub struct ContextBuilder {
    options: Options,
    extensions: Extensions,
    /// What counts; `None` if the application serves no metrics.
    metrics: Option<Arc<Metrics>>,
    /// Where processes tell each other what callers have written.
    #[cfg(all(feature = "postgres", feature = "redis"))]
    writes: Option<super::replicas::Shared>,
    #[cfg(feature = "postgres")]
    replicas: Option<Arc<Replicas>>,
    /// What was registered twice.
    problems: Vec<StartupError>,
}

impl ContextBuilder {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            extensions: Extensions::default(),
            metrics: None,
            #[cfg(all(feature = "postgres", feature = "redis"))]
            writes: None,
            #[cfg(feature = "postgres")]
            replicas: None,
            problems: Vec::new(),
        }
    }

    /// Adds a value that all parts of the application can get by its type with [`Context::extension`]. There can be one
    /// value of each type; a second one is a start-up error. The token verifier is the extension of the type
    /// [`Verifier`](crate::auth::Verifier).
    pub fn extension<T: Any + Send + Sync>(self, value: T) -> Self {
        self.named_extension(&format!("an extension of the type `{}`", std::any::type_name::<T>()), Arc::new(value))
    }

    /// As [`extension`](Self::extension), with a name for messages.
    pub(crate) fn named_extension<T: Any + Send + Sync>(mut self, name: &str, value: Arc<T>) -> Self {
        self.problems.extend(self.extensions.add(name, value).err());
        self
    }

    /// Counts statements, waits and requests.
    pub(crate) fn measured(mut self) -> Self {
        self.metrics = Some(Arc::new(Metrics::new()));
        self
    }

    /// Tells other processes of the application of this name in this Redis what callers have written, so that they see it also where a
    /// replica answers.
    #[cfg(all(feature = "postgres", feature = "redis"))]
    pub(crate) fn share_writes(mut self, redis: &crate::redis::Redis, namespace: &str) -> Self {
        self.writes = Some(super::replicas::Shared::new(redis, namespace));
        self
    }

    /// Sets the source of additional permissions, which are added to those of the tokens.
    pub fn grants(self, source: impl GrantSource) -> Self {
        self.named_extension(super::grants::NAME, Arc::new(Granting::new(source)))
    }

    /// Opens the database and creates a context with it.
    ///
    /// # Errors
    /// If the database cannot be opened (the message names the setting), or if something was registered twice.
    pub async fn connect(self, database: &DatabaseSettings) -> Result<Context, StartupError> {
        if let Some(why) = opening::reach(database).await? {
            return Err(StartupError::new(format!("the database of DATABASE_URL cannot be opened: {why}")));
        }
        let opened = opening::connect(database, false).await?;
        self.with_replicas(opened, database)
    }

    /// Creates a context with a database that does not need to be available yet. Requests are refused until
    /// [`open`](Context::open).
    ///
    /// # Errors
    /// If the settings are invalid, or if something was registered twice.
    pub(crate) async fn connect_later(self, database: &DatabaseSettings) -> Result<Context, StartupError> {
        let opened = opening::connect(database, true).await?;
        let ctx = self.with_replicas(opened, database)?;
        ctx.close();
        Ok(ctx)
    }

    /// Creates a context with an open database. On SQLite prefer [`connect`](Self::connect): more connections like an open
    /// one cannot be created, so writers share the pool with readers and may have to wait for them, and statements have
    /// no timeout.
    ///
    /// # Errors
    /// If something was registered twice.
    pub fn over(self, db: DatabaseConnection) -> Result<Context, StartupError> {
        // The statement timeout of an open database is not known here.
        let limits = DatabaseSettings { statement_timeout: None, ..DatabaseSettings::with("", &self.options.limits) };
        let queue = WriteQueue::new(db.get_database_backend(), limits.acquire_timeout);
        self.finish(vec![db], queue, &limits)
    }

    /// With the replicas of the settings, which need not be available.
    #[cfg(feature = "postgres")]
    fn with_replicas(mut self, opened: database::Opened, database: &DatabaseSettings) -> Result<Context, StartupError> {
        self.replicas = Replicas::new(
            database,
            self.options.secret.clone(),
            #[cfg(feature = "redis")]
            self.writes.take(),
        )?;
        self.over_opened(opened, database)
    }

    #[cfg(not(feature = "postgres"))]
    fn with_replicas(self, opened: database::Opened, database: &DatabaseSettings) -> Result<Context, StartupError> {
        match database.replicas.urls.as_slice() {
            [] => self.over_opened(opened, database),
            _ => Err(StartupError::new("only PostgreSQL has replicas; remove DATABASE_READ_URL")),
        }
    }

    pub(super) fn over_opened(
        self,
        opened: database::Opened,
        database: &DatabaseSettings,
    ) -> Result<Context, StartupError> {
        let timeout = database.acquire_timeout;
        let queue = match opened.lanes {
            #[cfg(feature = "sqlite")]
            Some(lanes) => WriteQueue::with_lanes(lanes, timeout),
            _ => WriteQueue::new(opened.backend(), timeout),
        };
        self.finish(opened.dbs, queue, database)
    }

    fn finish(
        self,
        dbs: Vec<DatabaseConnection>,
        queue: WriteQueue,
        limits: &DatabaseSettings,
    ) -> Result<Context, StartupError> {
        if let Some(problem) = self.problems.into_iter().next() {
            return Err(problem);
        }
        Ok(Context::from_parts(
            dbs,
            queue,
            limits,
            self.options,
            self.extensions,
            self.metrics,
            #[cfg(feature = "postgres")]
            self.replicas,
        ))
    }
}

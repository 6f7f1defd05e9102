//! Making a context: options, extensions, and then the database.

use std::any::Any;
use std::sync::Arc;

use sea_orm::DatabaseConnection;

use super::extensions::Extensions;
use super::write_queue::WriteQueue;
use super::{Context, DatabaseSettings, GrantSource, Granting, Options, database, opening};
use crate::error::StartupError;

/// A context in the making: [`Context::builder`] begins one.
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
#[must_use = "a context is made by `connect` or `over`"]
pub struct ContextBuilder {
    options: Options,
    extensions: Extensions,
    /// What was registered twice.
    problems: Vec<StartupError>,
}

impl ContextBuilder {
    pub(super) fn new(options: Options) -> Self {
        Self { options, extensions: Extensions::default(), problems: Vec::new() }
    }

    /// Adds a value that all parts of the application can take by its type: [`Context::extension`]. There can be one of
    /// each type; a second one is an error of the start. The one that verifies tokens is a
    /// [`Verifier`](crate::auth::Verifier).
    pub fn extension<T: Any + Send + Sync>(self, value: T) -> Self {
        self.named_extension(&format!("an extension of the type `{}`", std::any::type_name::<T>()), Arc::new(value))
    }

    /// The same for a value that messages call by a name.
    pub(crate) fn named_extension<T: Any + Send + Sync>(mut self, name: &str, value: Arc<T>) -> Self {
        self.problems.extend(self.extensions.add(name, value).err());
        self
    }

    /// Sets what the application grants to callers itself, in addition to what their tokens grant.
    pub fn grants(self, source: impl GrantSource) -> Self {
        self.named_extension(super::grants::NAME, Arc::new(Granting::new(source)))
    }

    /// Opens the database and makes a context over it.
    ///
    /// # Errors
    /// When the database cannot be opened, the message names the setting; or when something was registered twice.
    pub async fn connect(self, database: &DatabaseSettings) -> Result<Context, StartupError> {
        if let Some(why) = opening::reach(database).await? {
            return Err(StartupError::new(format!("the database of DATABASE_URL cannot be opened: {why}")));
        }
        let opened = opening::connect(database, false).await?;
        self.over_opened(opened, database)
    }

    /// Makes a context over a database that need not be there yet. No caller is let in before [`open`](Context::open).
    ///
    /// # Errors
    /// When the settings cannot be understood, or something was registered twice.
    pub(crate) async fn connect_later(self, database: &DatabaseSettings) -> Result<Context, StartupError> {
        let opened = opening::connect(database, true).await?;
        let ctx = self.over_opened(opened, database)?;
        ctx.close();
        Ok(ctx)
    }

    /// Makes a context over an open database. On SQLite prefer [`connect`](Self::connect): nothing tells how to open more
    /// connections like one that is open already, so writers share its pool with readers, who can keep them waiting, and
    /// no statement is stopped when it takes too long.
    ///
    /// # Errors
    /// When something was registered twice.
    pub fn over(self, db: DatabaseConnection) -> Result<Context, StartupError> {
        // How long the statements of an open database may take is known only where it was opened.
        let limits = DatabaseSettings { statement_timeout: None, ..DatabaseSettings::with("", &self.options.limits) };
        let queue = WriteQueue::new(db.get_database_backend(), limits.acquire_timeout);
        self.finish(db, queue, &limits)
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
            _ => WriteQueue::new(opened.db.get_database_backend(), timeout),
        };
        self.finish(opened.db, queue, database)
    }

    fn finish(
        self,
        db: DatabaseConnection,
        queue: WriteQueue,
        limits: &DatabaseSettings,
    ) -> Result<Context, StartupError> {
        if let Some(problem) = self.problems.into_iter().next() {
            return Err(problem);
        }
        Ok(Context::from_parts(db, queue, limits, self.options, self.extensions))
    }
}

//! Access for changes of the tables: one process at a time, and on SQLite one connection.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{Context, DatabaseSettings, Options, Tx};
use crate::error::StartupError;

/// A context for changes of the tables, whose statements have no timeout. Only one process at a time has it: otherwise
/// two processes that start at the same time would both apply pending migrations.
pub(crate) struct Maintenance {
    ctx: Context,
    _lock: Option<Lock>,
}

/// The lock for changes of the tables. It is released when the process ends at the latest.
enum Lock {
    /// A lock on a file next to the database.
    File { path: PathBuf, _file: std::fs::File },
    /// An advisory lock of a session.
    Session { _session: DatabaseConnection },
}

/// The number of the advisory lock: an arbitrary number that other programs are unlikely to use.
const LOCK: i64 = 0x7265_736f_7572_6365;

/// The interval at which a waiting process tries again.
const LOOK: Duration = Duration::from_millis(100);

impl Maintenance {
    /// Waits until no other process changes the tables, and opens the database.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) async fn open(database: &DatabaseSettings, options: Options) -> Result<Self, StartupError> {
        if database.is_pooled() {
            return Err(StartupError::new(
                "changes of the tables need a session of their own, which the pooler in front of PostgreSQL does not give \
                 (DATABASE_POOLER=transaction). For this command, set DATABASE_URL to PostgreSQL itself, and \
                 DATABASE_POOLER=none",
            ));
        }
        let (ctx, settings) = Self::connect(database, options).await?;
        let lock = match ctx.backend() {
            DbBackend::Postgres => Some(Lock::of_session(&settings).await?),
            _ => Lock::of_file(&settings).await?,
        };
        Ok(Self { ctx, _lock: lock })
    }

    /// Opens the database to read it only, also while another process changes the tables.
    ///
    /// # Errors
    /// If it cannot be opened.
    #[cfg(feature = "migrate")]
    pub(crate) async fn read_only(database: &DatabaseSettings, options: Options) -> Result<Self, StartupError> {
        Ok(Self { ctx: Self::connect(database, options).await?.0, _lock: None })
    }

    async fn connect(
        database: &DatabaseSettings,
        options: Options,
    ) -> Result<(Context, DatabaseSettings), StartupError> {
        let mut settings =
            DatabaseSettings { statement_timeout: None, slow_statement: None, workers: 1, ..database.clone() };
        if settings.is_sqlite() {
            // A PRAGMA of a migration affects its connection only.
            settings.max_connections = 1;
        }
        let ctx = Context::builder(options).over_opened(super::opening::connect(&settings, false).await?, &settings)?;
        Ok((ctx, settings))
    }

    pub(crate) fn ctx(&self) -> &Context {
        &self.ctx
    }
}

impl Context {
    /// Waits until no other process changes the tables, and keeps others waiting until the end of this transaction, where
    /// sessions are shared. Elsewhere `Maintenance` does that.
    ///
    /// # Errors
    /// If the database refuses, or the wait takes longer than a statement may.
    pub(crate) async fn lock_tables(&self, tx: &Tx) -> Result<(), DbErr> {
        if self.is_pooled() {
            tx.execute_unprepared(&format!("SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})")).await?;
        }
        Ok(())
    }
}

impl Lock {
    async fn of_session(settings: &DatabaseSettings) -> Result<Self, StartupError> {
        let settings = DatabaseSettings { max_connections: 1, ..settings.clone() };
        let opened = super::opening::connect(&settings, false).await?;
        let session = opened.dbs.into_iter().next().ok_or_else(|| StartupError::new("no database was opened"))?;
        let ask = format!("SELECT pg_try_advisory_lock({LOCK})");
        let mut waiting = Waiting::default();
        loop {
            let row = session.query_one_raw(Statement::from_string(DbBackend::Postgres, ask.as_str())).await;
            let row = row.map_err(|error| StartupError::new(format!("cannot get the lock for migrations: {error}")))?;
            if row.is_some_and(|row| row.try_get_by_index(0).unwrap_or(false)) {
                return Ok(Self::Session { _session: session });
            }
            waiting.wait().await;
        }
    }

    async fn of_file(settings: &DatabaseSettings) -> Result<Option<Self>, StartupError> {
        let Some(database) = settings.file() else { return Ok(None) };
        let mut path = database.into_os_string();
        path.push("-migration-lock");
        let path = PathBuf::from(path);
        let wrong =
            |error| StartupError::new(format!("the file {} cannot be created and locked: {error}", path.display()));
        let mut waiting = Waiting::default();
        loop {
            let file = std::fs::File::options().create(true).append(true).open(&path).map_err(wrong)?;
            match file.try_lock() {
                // The process that held the lock before may have removed the file in the meantime.
                Ok(()) if is_at(&file, &path) => return Ok(Some(Self::File { path, _file: file })),
                Ok(()) => continue,
                Err(std::fs::TryLockError::WouldBlock) => waiting.wait().await,
                Err(std::fs::TryLockError::Error(error)) => return Err(wrong(error)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Self::File { path, .. } = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether this path is the path of this open file.
#[cfg(unix)]
fn is_at(file: &std::fs::File, path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |of: std::io::Result<std::fs::Metadata>| of.ok().map(|of| (of.dev(), of.ino()));
    let open = id(file.metadata());
    open.is_some() && open == id(std::fs::metadata(path))
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &std::fs::File, _: &std::path::Path) -> bool {
    true
}

/// Waits, and logs it from time to time.
#[derive(Default)]
struct Waiting {
    looks: u32,
}

impl Waiting {
    async fn wait(&mut self) {
        if self.looks.is_multiple_of(100) {
            tracing::info!("another process changes the tables of the database; waiting until it is done");
        }
        self.looks += 1;
        tokio::time::sleep(LOOK).await;
    }
}

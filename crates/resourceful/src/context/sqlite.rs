//! Opens SQLite.

use std::time::Duration;

use rust_decimal::Decimal;
use sea_orm::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::database::{DECIMAL_COLLATION, DatabaseSettings, LONGEST, Opened, open};
use super::lanes::{Lanes, STEPS};
use crate::error::StartupError;

/// Opens the pool for the application, and the connections for the framework.
pub(super) async fn connect(mut options: ConnectOptions, settings: &DatabaseSettings) -> Result<Opened, StartupError> {
    let memory = settings.is_in_memory();
    // Waits for locks, which only another process or another pool can hold.
    let busy_timeout = settings.statement_timeout.unwrap_or(Duration::from_secs(5));
    let tuned = move |sqlite| tuned(sqlite, memory, busy_timeout);
    options.map_sqlx_sqlite_opts(tuned);
    if memory || settings.max_connections == 1 {
        // Every connection to :memory: is a separate database, and a PRAGMA stays in effect on a single connection.
        options.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    }
    if !memory {
        make_folder(&settings.url)?;
    }
    if let Some(limit) = settings.statement_timeout {
        options.map_sqlx_sqlite_pool_opts(move |pool| limited(pool, limit));
    }
    let db = open(options).await?;
    if memory {
        return Ok(Opened { dbs: vec![db], lanes: None });
    }
    let sqlite = settings.url.parse::<SqliteConnectOptions>().map_err(StartupError::because)?;
    let sqlite = tuned(sqlx::ConnectOptions::disable_statement_logging(sqlite));
    let readers = usize::try_from(settings.max_connections).unwrap_or(usize::MAX).min(READERS);
    let lanes = Lanes::new(&sqlite, settings.statement_timeout.unwrap_or(Duration::MAX), readers);
    Ok(Opened { dbs: vec![db], lanes: Some(lanes) })
}

/// The most readers if there is no limit. Each reader has its own thread while it reads.
const READERS: usize = 1_000;

fn make_folder(url: &str) -> Result<(), StartupError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = std::path::Path::new(path.split('?').next().unwrap_or_default());
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| {
        StartupError::new(format!("the folder {} of DATABASE_URL cannot be created: {error}", folder.display()))
    })
}

fn tuned(sqlite: SqliteConnectOptions, memory: bool, busy_timeout: Duration) -> SqliteConnectOptions {
    let sqlite =
        sqlite.foreign_keys(true).busy_timeout(busy_timeout.min(LONGEST)).collation(DECIMAL_COLLATION, |a, b| {
            match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => a.cmp(b),
            }
        });
    if memory { sqlite } else { sqlite.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal) }
}

/// A connection of this pool is used for one statement, and for at most its timeout.
fn limited(pool: SqlitePoolOptions, limit: Duration) -> SqlitePoolOptions {
    async fn limit_to(connection: &mut SqliteConnection, limit: Duration) -> sqlx::Result<()> {
        let begun = std::time::Instant::now();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || begun.elapsed() < limit);
        Ok(())
    }
    pool.after_connect(move |connection, _| Box::pin(limit_to(connection, limit))).before_acquire(
        move |connection, _| {
            Box::pin(async move {
                limit_to(connection, limit).await?;
                Ok(true)
            })
        },
    )
}

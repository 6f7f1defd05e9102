//! Opens the database, and waits for one that is not available yet.

use std::time::Duration;

use sea_orm::ConnectOptions;

use super::database::{DatabaseSettings, LONGEST, Opened, open};
#[cfg(feature = "postgres")]
use super::stale::is_stale;
use crate::error::StartupError;

impl DatabaseSettings {
    /// Waits until the database is available, at most for `most`. SQLite is always available.
    ///
    /// # Errors
    /// Immediately if waiting does not help; the message says what to change.
    pub(crate) async fn wait(&self, most: Option<Duration>) -> Result<(), StartupError> {
        #[cfg(feature = "postgres")]
        if self.is_postgres() {
            return super::postgres::wait(self, most).await;
        }
        let _ = most;
        Ok(())
    }
}

impl DatabaseSettings {
    /// Whether a pooler in transaction mode responds; `None` if the settings name none.
    pub(crate) async fn shares_sessions(&self) -> Option<Result<bool, String>> {
        #[cfg(feature = "postgres")]
        if self.is_pooled() {
            return Some(super::postgres::shares_sessions(self).await.map_err(|error| error.to_string()));
        }
        None
    }
}

/// `None` if the database is available, otherwise the reason why not. SQLite is always available.
///
/// # Errors
/// If waiting does not help; the message says what to change.
pub(super) async fn reach(settings: &DatabaseSettings) -> Result<Option<String>, StartupError> {
    #[cfg(feature = "postgres")]
    if settings.is_postgres() {
        return super::postgres::reach(settings).await;
    }
    let _ = settings;
    Ok(None)
}

#[cfg_attr(not(feature = "postgres"), expect(unreachable_code, reason = "SQLite is opened elsewhere"))]
/// Opens the database. With `later`, connections are opened when they are needed.
pub(super) async fn connect(settings: &DatabaseSettings, later: bool) -> Result<Opened, StartupError> {
    let scheme = settings.url.split(':').next().unwrap_or_default();
    let mut options = ConnectOptions::new(settings.url.clone());
    options
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout.min(LONGEST))
        .connect_timeout(settings.acquire_timeout.min(LONGEST))
        .sqlx_logging(false)
        .connect_lazy(later)
        // A ping before each use would double the round trips. A connection is pinged only if it was idle, because then it
        // may have failed.
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" => return super::sqlite::connect(options, settings).await,
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => {
            if let Some(timeout) = settings.statement_timeout.filter(|_| !settings.is_pooled()) {
                options.statement_timeout(timeout.min(LONGEST) * 9 / 10);
            }
            options.map_sqlx_postgres_before_acquire(|_, meta| Box::pin(async move { Ok(!is_stale(meta.age)) }));
            let is_pooled = settings.is_pooled();
            options.map_sqlx_postgres_pool_opts(move |pool| {
                let pool = pool.after_release(|_, meta| Box::pin(async move { Ok(!is_stale(meta.age)) }));
                match is_pooled {
                    true => pool.after_connect(|connection, _| Box::pin(super::pooler::learn_types(connection))),
                    false => pool,
                }
            });
            let limits = settings.clone();
            options.map_sqlx_postgres_opts(move |postgres| super::postgres::session(postgres, &limits));
        }
        _ => {
            let known: &[&str] = &[
                #[cfg(feature = "sqlite")]
                "sqlite",
                #[cfg(feature = "postgres")]
                "postgres",
            ];
            let message = format!(
                "DATABASE_URL begins with `{scheme}:`; this build supports {}. Enable the feature of the resourceful crate for another database",
                known.join(", ")
            );
            return Err(StartupError::new(message));
        }
    }
    let mut dbs = Vec::new();
    for share in super::pools::shares(settings.max_connections, settings.workers) {
        let mut options = options.clone();
        // One open connection shows that the settings are right.
        options.max_connections(share).connect_lazy(later || !dbs.is_empty());
        dbs.push(open(options).await?);
    }
    Ok(Opened { dbs, lanes: None })
}

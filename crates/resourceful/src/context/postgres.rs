//! Checks whether PostgreSQL is available, and whether it is PostgreSQL itself and not a pooler.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};

use super::DatabaseSettings;
use super::pooler::milliseconds;
use crate::error::StartupError;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The settings of a session: an idle transaction or a lock must not block others forever. Where transactions share sessions
/// there are none, and each transaction has its own.
pub(super) fn session(options: PgConnectOptions, settings: &DatabaseSettings) -> PgConnectOptions {
    if settings.is_pooled() {
        // PgBouncer before 1.21 refuses this parameter of a session. It is about numbers as text, which are not used here.
        return options.extra_float_digits(None).statement_cache_capacity(0);
    }
    options.options([
        ("lock_timeout", milliseconds(settings.lock_timeout)),
        ("idle_in_transaction_session_timeout", milliseconds(settings.transaction_timeout)),
    ])
}

/// Waits until the database is available, at most for `most`, and logs the reason.
///
/// # Errors
/// Immediately if waiting does not help; the message says what to change.
pub(super) async fn wait(settings: &DatabaseSettings, most: Option<Duration>) -> Result<(), StartupError> {
    let begun = Instant::now();
    let (mut pause, mut told) = (Duration::from_millis(100), None::<Instant>);
    while let Some(why) = reach(settings).await? {
        if most.is_some_and(|most| begun.elapsed() >= most) {
            let seconds = begun.elapsed().as_secs();
            return Err(StartupError::new(format!("{why}. Stopped waiting after {seconds} seconds")));
        }
        if told.is_none_or(|told| told.elapsed() >= Duration::from_secs(10)) {
            tracing::warn!("waiting for the database: {why}");
            told = Some(Instant::now());
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    if told.is_some() {
        tracing::info!("the database is available after {:.1} seconds", begun.elapsed().as_secs_f32());
    }
    Ok(())
}

/// `None` if the database is available, otherwise the reason why not.
///
/// # Errors
/// If waiting does not help.
pub(super) async fn reach(settings: &DatabaseSettings) -> Result<Option<String>, StartupError> {
    let options: PgConnectOptions = settings
        .url
        .parse()
        .map_err(|error| StartupError::new(format!("DATABASE_URL is not a valid URL of PostgreSQL: {error}")))?;
    let options = session(options, settings);
    let place = place(&options);
    let connected = tokio::time::timeout(settings.acquire_timeout, PgConnection::connect_with(&options)).await;
    let mut first = match connected {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return why_not(&error, &options, &place, settings).map(Some),
        Err(_) => return Ok(Some(format!("PostgreSQL at {place} does not respond"))),
    };
    let is_allowed = settings.is_pooled();
    let checked = async {
        match is_allowed {
            true => has_transactions(&mut first).await.map(|has| !has),
            false => is_pooled(&mut first, &options).await,
        }
    };
    let refused = tokio::time::timeout(settings.acquire_timeout, checked).await;
    let _ = tokio::time::timeout(Duration::from_secs(1), first.close()).await;
    match refused {
        Ok(Ok(true)) if is_allowed => Err(StartupError::new(format!(
            "the connection pooler at {place} allows no transactions (`pool_mode = statement`). \
             DATABASE_POOLER=transaction needs `pool_mode = transaction`"
        ))),
        Ok(Ok(true)) => Err(pooler(&place)),
        Ok(Err(error)) if is_allowed => why_not(&error, &options, &place, settings).map(Some),
        // If this check fails the server is busy; errors then appear when the pool is used.
        Ok(Ok(false) | Err(_)) => Ok(None),
        Err(_) => Ok(Some(format!("PostgreSQL at {place} does not respond"))),
    }
}

/// The host and the name of the database, without the password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{}, database `{database}`", socket.display()),
        None => format!("{}:{}, database `{database}`", options.get_host(), options.get_port()),
    }
}

fn why_not(
    error: &sqlx::Error,
    options: &PgConnectOptions,
    place: &str,
    settings: &DatabaseSettings,
) -> Result<String, StartupError> {
    let sqlx::Error::Database(refusal) = error else {
        return match error {
            sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => Err(StartupError::new(format!(
                "cannot connect to PostgreSQL at {place} with the options in DATABASE_URL: {error}"
            ))),
            _ => Ok(format!("PostgreSQL at {place} cannot be reached: {error}")),
        };
    };
    let (code, message) = (refusal.code().unwrap_or_default(), refusal.message());
    match code.as_ref() {
        "28P01" | "28000" => Err(StartupError::new(format!(
            "PostgreSQL at {place} refuses the user `{}`: {message}. Correct the user or the password of \
             DATABASE_URL",
            options.get_username()
        ))),
        "3D000" => Err(StartupError::new(format!(
            "PostgreSQL at {place}: {message}. Create the database, or correct its name in DATABASE_URL"
        ))),
        _ if message.contains("unsupported startup parameter") && settings.is_pooled() => {
            Err(StartupError::new(format!(
                "the connection pooler at {place} refuses what DATABASE_URL sets for a session: {message}. Remove it from \
                 DATABASE_URL"
            )))
        }
        _ if message.contains("unsupported startup parameter") => Err(pooler(place)),
        // The server is starting or stopping, has no free connections, or a proxy cannot reach it.
        code if ["57", "53", "08", "XX"].iter().any(|class| code.starts_with(class)) => {
            Ok(format!("PostgreSQL at {place} does not accept connections yet: {message}"))
        }
        _ => Err(StartupError::new(format!("PostgreSQL at {place} refuses the connection: {message}"))),
    }
}

fn pooler(place: &str) -> StartupError {
    StartupError::new(format!(
        "a connection pooler in transaction mode (such as PgBouncer) responds at {place}. It would mix prepared statements \
         and session settings of different clients, which can corrupt data. \
         Set DATABASE_POOLER=transaction, with which nothing is kept in a session, or set DATABASE_URL to PostgreSQL itself, or to \
         a pooler in session mode that accepts `options` and `extra_float_digits`"
    ))
}

/// Whether a pooler shares sessions: two open connections have the same session, or one connection changes its session.
async fn is_pooled(first: &mut PgConnection, options: &PgConnectOptions) -> sqlx::Result<bool> {
    let before = session_id(first).await?;
    let mut second = PgConnection::connect_with(options).await?;
    // A pooler in transaction mode keeps a session for its client only within a transaction.
    let Ok(_) = sqlx::raw_sql("BEGIN").execute(&mut second).await else { return Ok(true) };
    let other = session_id(&mut second).await?;
    let pooled = other == before || session_id(first).await? != before;
    let _ = second.close().await;
    Ok(pooled)
}

/// Whether there are transactions: a pooler in statement mode ends the connection instead.
async fn has_transactions(connection: &mut PgConnection) -> sqlx::Result<bool> {
    match sqlx::raw_sql("BEGIN").execute(&mut *connection).await {
        Ok(_) => sqlx::raw_sql("ROLLBACK").execute(connection).await.map(|_| true),
        Err(sqlx::Error::Database(error)) if error.message().contains("statement pooling mode") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a pooler in transaction mode responds: clients share sessions.
///
/// # Errors
/// If the database cannot be reached.
pub(super) async fn shares_sessions(settings: &DatabaseSettings) -> sqlx::Result<bool> {
    let options = session(settings.url.parse()?, settings);
    let mut first = PgConnection::connect_with(&options).await?;
    let pooled = is_pooled(&mut first, &options).await;
    let _ = first.close().await;
    pooled
}

/// The process id of the session, read without a prepared statement.
async fn session_id(connection: &mut PgConnection) -> sqlx::Result<i32> {
    let row = sqlx::raw_sql("SELECT pg_backend_pid()").fetch_one(connection).await?;
    row.try_get_unchecked::<i32, _>(0)
}

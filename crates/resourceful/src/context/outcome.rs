//! What a database error says about the statement: whether it may be repeated, and whether its outcome is known.

#[cfg(feature = "postgres")]
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, RuntimeErr};

/// The error of sqlx.
pub(crate) fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// PostgreSQL's SQLSTATE, SQLite's extended result code.
pub(crate) fn sql_state(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

/// Whether the work may succeed when it is done again: serialization failure, deadlock or lock timeout; a plan that is
/// older than its table; SQLITE_BUSY and SQLITE_LOCKED with their extended codes.
pub(crate) fn is_retryable(error: &DbErr) -> bool {
    let states = ["40001", "40P01", "55P03", "5", "261", "517", "773", "6", "262", "518"];
    sql_state(error).is_some_and(|state| states.contains(&state.as_str())) || is_stale_plan(error)
}

/// Whether the statement failed because rows depend on each other in a chain that is too long for the database: the depth
/// of SQLite's triggers and PostgreSQL's stack are limited.
pub(crate) fn is_too_deep(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(error)) = sqlx_error(error) else { return false };
    match error.code().as_deref() {
        // This error has no specific code; the second message is that of SQLite 3.54.
        Some("1") => ["too many levels of trigger recursion", "triggers nested too deep"]
            .iter()
            .any(|words| error.message().contains(words)),
        code => code == Some("54001"),
    }
}

/// Whether the outcome is unknown: the statement may have been sent, and no response arrived. Failing to get a connection
/// is another error.
pub(crate) fn is_outcome_unknown(error: &DbErr) -> bool {
    let sent = matches!(error, DbErr::Exec(_) | DbErr::Query(_));
    sent && match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
        // PostgreSQL was shut down while it ran the statement.
        Some(sqlx::Error::Database(_)) => matches!(sql_state(error).as_deref(), Some("57P01" | "57P02" | "57P05")),
        _ => false,
    }
}

/// The same error once more, if it says that the database gave no response; `None` for what the database responded.
#[cfg(feature = "postgres")]
pub(crate) fn copy_of_outage(error: &DbErr) -> Option<DbErr> {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
            Some(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
        }
        DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(DbErr::Conn(RuntimeErr::SqlxError(error.clone()))),
        DbErr::Query(RuntimeErr::SqlxError(inner)) if is_outcome_unknown(error) => {
            Some(DbErr::Query(RuntimeErr::SqlxError(inner.clone())))
        }
        _ => None,
    }
}

/// Whether the statement failed because its plan is older than its table. The message is translated, the name
/// of PostgreSQL's own function is not. Also whether its plan is gone: behind a pooler, a type that was made after the connection
/// was opened has that effect.
#[cfg(feature = "postgres")]
pub(super) fn is_stale_plan(error: &DbErr) -> bool {
    use sqlx::postgres::PgDatabaseError;
    let Some(error) = sqlx_error(error).and_then(sqlx::Error::as_database_error) else { return false };
    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| {
        error.code() == "26000" || error.code() == "0A000" && error.routine() == Some("RevalidateCachedQuery")
    })
}

#[cfg(not(feature = "postgres"))]
pub(super) fn is_stale_plan(error: &DbErr) -> bool {
    let _ = sqlx_error(error);
    false
}

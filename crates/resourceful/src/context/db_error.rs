//! What a database error means for the caller. No response contains text of the database.

mod told;
mod violation;

use std::time::Duration;

use sea_orm::DbErr;

use super::stale::close_if_stale;
use crate::context::outcome::{is_outcome_unknown, is_retryable, sql_state, sqlx_error};
use crate::error::{Error, Problem, catalogue};

pub(crate) use told::Told;
pub(crate) use violation::{Violation, is_raised, violation};

pub(crate) const TAKEN: &str = "Another row already has this value, which must be unique";
const REFERENCE: &str = "A value refers to a row that does not exist, or other rows still refer to this one";

/// The error for a read that failed.
pub(crate) fn read(error: DbErr) -> Error {
    // A read changes nothing, so its outcome is never unknown.
    let lost = is_outcome_unknown(&error).then(busy);
    let meaning = lost.or_else(|| unavailable(&error)).unwrap_or_else(|| Error::internal("a read failed"));
    meaning.with_source(Told::from(error))
}

/// Converts errors of SeaORM in an application's code: 404 for a row that was not found; 409 for a unique value that
/// exists already, for a violated foreign key, and for another conflict between rows; 422 for a value that the database
/// refuses and for an error that a trigger raises; 503 if the database is unavailable or too busy. If the connection
/// failed and the statement may have been executed it is 503 `commit-unknown`; within a transaction nothing has been
/// changed in that case.
///
/// ```
/// # use resourceful::prelude::*;
/// # use resourceful::sea_orm::EntityTrait;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Project { pub id: Uuid, pub name: String }
/// # async fn run(ctx: &Context) -> Result<()> {
/// ctx.transaction(async |tx| {
///     let projects: Vec<Project> = project::Entity::find().all(&tx).await?;
///     // ..
///     # drop(projects);
///     Ok(())
/// })
/// .await
/// # }
/// # fn main() {}
/// ```
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        close_if_stale(&error);
        if is_outcome_unknown(&error) {
            return unknown(error);
        }
        let meaning = match violation(&error) {
            Some(violation) => violated(violation),
            None if matches!(error, DbErr::RecordNotFound(_)) => Self::not_found(),
            None => unavailable(&error).unwrap_or_else(|| Self::internal("a statement failed")),
        };
        meaning.with_source(Told::from(error))
    }
}

/// The error for a violation for which no field can be named.
pub(crate) fn violated(violation: Violation) -> Error {
    match violation {
        Violation::Unique => Error::new(&catalogue::CONFLICT, TAKEN),
        Violation::Reference => Error::new(&catalogue::CONFLICT, REFERENCE),
        Violation::Conflict => Error::new(&catalogue::CONFLICT, "The write conflicts with other rows"),
        Violation::Value => Error::new(&catalogue::VALIDATION_ERROR, "The database refuses one of the values"),
        Violation::Rule => {
            Error::new(&catalogue::VALIDATION_ERROR, "A rule of the database does not allow this; nothing was changed")
        }
        Violation::Forbidden => {
            Error::new(&catalogue::FORBIDDEN, "A rule of the database does not allow this row to be written")
        }
    }
}

/// Whether a transaction may have been committed although its COMMIT failed with this error.
pub(crate) fn is_unknown(error: &DbErr) -> bool {
    match sql_state(error).as_deref() {
        None => true,
        // 08: connection exceptions, including transaction_resolution_unknown; 57P: the server was shut down
        Some(state) => state.starts_with("08") || state.starts_with("57P"),
    }
}

/// 503 `commit-unknown`.
pub(crate) fn unknown(error: DbErr) -> Error {
    Error::new(&catalogue::COMMIT_UNKNOWN, "The write may or may not have happened; check before you repeat it")
        .with_source(Told::from(error))
}

/// 503 if the database is busy, full or cannot be reached; `None` for other errors.
pub(crate) fn unavailable(error: &DbErr) -> Option<Error> {
    if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = error {
        return Some(busy());
    }
    if is_retryable(error) {
        return Some(busy().retryable());
    }
    if let Some(state) = sql_state(error) {
        return match state.as_str() {
            // PostgreSQL's statement_timeout, SQLITE_INTERRUPT
            "57014" | "9" => Some(retry(&catalogue::TIMEOUT, "The database took longer than allowed")),
            // idle_in_transaction_session_timeout, a read-only server, SQLITE_FULL
            "25P03" | "25006" | "13" => Some(busy()),
            state
                if state.len() == 5
                    && (state.starts_with("08") || state.starts_with("53") || state.starts_with("57P")) =>
            {
                Some(busy())
            }
            _ => None,
        };
    }
    match sqlx_error(error)? {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => Some(busy()),
        _ => None,
    }
}

fn busy() -> Error {
    retry(&catalogue::UNAVAILABLE, "The database is too busy or cannot be reached; try again in a moment")
}

fn retry(problem: &'static Problem, detail: &'static str) -> Error {
    Error::new(problem, detail).with_retry_after(Duration::from_secs(1))
}

//! The answer for a write that did not happen. The database names a constraint; the answer names the fields of the
//! caller. Where necessary, another query finds them.

mod hidden;
mod references;
mod too_long;
mod unique;

use sea_orm::DbErr;

pub(super) use references::{invalid_reference, missing_row};

use super::error::WriteError;
use super::plan::WritePlan;
use crate::context::db_error::{self, Told, Violation, is_raised, violation};
use crate::context::outcome::{is_outcome_unknown, is_too_deep, sql_state};
use crate::error::{Error, catalogue};
use crate::service::engine::Engine;

const REFERRED_TO: &str = "Other rows still refer to this one; delete or change them first";
const TOO_DEEP: &str = "The chain of rows that would be deleted with this one is too long; delete some of them first";

impl Engine {
    /// The answer for a write that did not happen.
    pub(super) async fn explain(&self, error: WriteError, plan: &WritePlan<'_>) -> Error {
        let (error, hooks_ran) = match error {
            WriteError::AfterHooks(error) => (*error, true),
            error => (error, false),
        };
        let answer = match hidden::hide(self, error, plan).await {
            WriteError::Database(error) => failed(self, error, plan).await,
            // A COMMIT that the database refuses is a failed write; a broken connection leaves it unknown.
            WriteError::Commit(error) if db_error::is_unknown(&error) => db_error::unknown(error),
            WriteError::Commit(error) => failed(self, error, plan).await,
            WriteError::TooDeep(error) => too_deep().with_source(Told::from(error)),
            WriteError::ForeignReference => references::foreign(self, plan),
            WriteError::OutsidePolicy(why) => outside_policy(why),
            WriteError::NotFound => match plan.action.id() {
                Some(id) => self.unwritten(plan.operation, id).await,
                None => Error::not_found(),
            },
            WriteError::Stale => self.condition.as_ref().map_or_else(Error::not_found, |condition| condition.failed()),
            WriteError::Refused(error) => error,
            WriteError::AfterHooks(_) => Error::internal("a write failed twice"),
        };
        if hooks_ran { answer.not_retryable() } else { answer }
    }
}

/// The answer for a statement that failed.
async fn failed(engine: &Engine, error: DbErr, plan: &WritePlan<'_>) -> Error {
    // Within a transaction nothing has been committed. A statement alone may have been before the connection broke.
    if is_outcome_unknown(&error) && engine.connection.is_pool() {
        return db_error::unknown(error);
    }
    let is_delete = plan.action.is_delete();
    let meaning = match violation(&error) {
        Some(Violation::Unique) => unique::taken(engine, &error, plan).await,
        Some(Violation::Reference) if is_delete => Error::new(&catalogue::CONFLICT, REFERRED_TO),
        Some(Violation::Reference) => references::missing(engine, plan).await,
        Some(Violation::Value) if sql_state(&error).as_deref() == Some("54000") => {
            too_long::explain(engine, unique::constraint(&error).as_deref(), plan)
        }
        Some(Violation::Value) if is_delete && is_set_by_reference(&error) => {
            Error::new(&catalogue::CONFLICT, REFERRED_TO)
        }
        Some(other) => db_error::violated(other),
        None if is_delete && is_too_deep(&error) => too_deep(),
        None => db_error::unavailable(&error).unwrap_or_else(|| Error::internal("a write failed")),
    };
    meaning.with_source(Told::from(error))
}

/// Whether `ON DELETE SET NULL` or `SET DEFAULT` failed, because a row that refers to the deleted one needs its value.
fn is_set_by_reference(error: &DbErr) -> bool {
    !is_raised(error) && matches!(sql_state(error).as_deref(), Some("23502" | "23514" | "275" | "1299"))
}

/// 403 for a row that would be outside of those that the actor may write.
pub(super) fn outside_policy(why: Option<String>) -> Error {
    let error = Error::new(
        &catalogue::OUTSIDE_POLICY,
        "After this write you could no longer write the row; nothing was changed",
    );
    why.into_iter().fold(error, Error::with_explanation)
}

/// 409 for a row whose cascade is deeper than the database can follow.
pub(super) fn too_deep() -> Error {
    Error::new(&catalogue::CONFLICT, TOO_DEEP)
}

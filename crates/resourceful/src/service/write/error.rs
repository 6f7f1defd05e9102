//! Why a write did not happen.

use sea_orm::DbErr;

use crate::error::Error;

/// Why a write did not happen.
pub(super) enum WriteError {
    /// The database refused a statement, or failed.
    Database(DbErr),
    /// The database refused the COMMIT, or failed.
    Commit(DbErr),
    /// More rows would be deleted with this one than the database can follow; nothing has been deleted.
    TooDeep(DbErr),
    /// Any other variant, after hooks have run: the write must not be attempted again.
    AfterHooks(Box<WriteError>),
    /// The row would belong to another owner through one of its references.
    ForeignReference,
    /// The row would be outside of those that the policy allows the actor to write; in development, why.
    OutsidePolicy(Option<String>),
    /// The row is not in the state that the caller requires, and nothing was written.
    Stale,
    /// There is no such row, and nothing was written.
    NotFound,
    /// A hook, a rule or a check refuses the write.
    Refused(Error),
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

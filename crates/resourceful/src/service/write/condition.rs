//! What the caller requires of a row that is written: If-Match, or the version that typed code has read.
//!
//! A version is tested by the statement that writes, in its WHERE. The content of a row is compared with the locked row, in
//! the transaction that writes it. Either way, of two writers with the same tag one fails.

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};

use super::error::WriteError;
use crate::error::{Error, Result, catalogue};
use crate::resource::{FieldValue, Record, state_of};
use crate::service::engine::Engine;
use crate::spec::Operation;

impl Engine {
    /// The row, if it is in the state that the caller requires; for a write that has nothing to write.
    ///
    /// # Errors
    /// 412
    pub(in crate::service) fn if_met(&self, current: Record) -> Result<Record> {
        match (self.check_condition(&current), &self.condition) {
            (Err(_), Some(condition)) => Err(condition.failed()),
            _ => Ok(current),
        }
    }

    /// Whether a row, which no one else can change meanwhile, is in the state that the caller requires.
    pub(super) fn check_condition(&self, current: &Record) -> Result<(), WriteError> {
        let Some(condition) = &self.condition else { return Ok(()) };
        match condition.allows(&state_of(self.table, &self.actor, current, &self.ctx.options().secret)) {
            true => Ok(()),
            false => Err(WriteError::Stale),
        }
    }

    /// The rows that a statement may write: the one with this id, if the actor may write it and it has the version that the
    /// caller requires.
    pub(super) fn target(&self, operation: Operation, id: FieldValue) -> Condition {
        let mut target = self.condition_with_id(operation, id);
        let (Some(condition), Some((_, field))) = (&self.condition, self.spec().version_field()) else { return target };
        let (required, excluded) = condition.versions();
        let version = || Expr::col((Alias::new(self.spec().table), Alias::new(field.column)));
        let versions = |of: Vec<i64>| of.into_iter().map(Expr::val);
        if let Some(required) = required {
            target = target.add(match required.is_empty() {
                // No version is one of none.
                true => Expr::cust("1 = 0"),
                false => version().is_in(versions(required)),
            });
        }
        target.add_option(excluded.map(|excluded| version().is_not_in(versions(excluded))))
    }

    /// Why a statement with a condition on the version has written nothing: 404 for a row that the actor may not write, else
    /// 412.
    pub(super) async fn unwritten(&self, operation: Operation, id: &FieldValue) -> Error {
        match (&self.condition, self.spec().version_field()) {
            (Some(condition), Some(_)) => match self.get_as(operation, id.clone()).await {
                Ok(_) => condition.failed(),
                Err(error) => error,
            },
            _ => self.not_found(operation, id).await,
        }
    }

    /// Refuses a condition on rows that do not exist yet.
    ///
    /// # Errors
    /// 400
    pub(super) fn check_unconditional(&self) -> Result<()> {
        if self.condition.is_none() {
            return Ok(());
        }
        let detail = "If-Match and If-None-Match cannot be checked here, because the request creates a row; send it \
                      without them";
        Err(Error::new(&catalogue::INVALID_REQUEST, detail))
    }
}

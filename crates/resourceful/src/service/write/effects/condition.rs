//! What the caller requires of a row, tested on the locked row.

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::effect::Effect;
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step};

/// Refuses to write a row that is not in the state that the caller requires, before anything else happens. A version that
/// no hook may see stale is tested by the statement itself, without this effect.
pub(super) struct Condition;

impl Effect for Condition {
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool {
        match action {
            Action::Update { .. } | Action::Delete { .. } => {
                let is_in_statement = engine.spec().version_field().is_some() && engine.table.hooks.is_none();
                engine.condition.is_some() && !is_in_statement
            }
            Action::Insert(_) | Action::Merge { .. } => false,
        }
    }

    fn needs_each_row(&self) -> bool {
        true
    }

    fn before<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        let met = match &step.current {
            Some(current) => engine.check_condition(current),
            None => Ok(()),
        };
        ready(met).boxed()
    }
}

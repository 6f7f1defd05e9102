//! The `check` functions across fields, run on models of the rows that were written.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::effect::Effect;
use crate::error::{Error, FieldError, Result, codes};
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step};

/// Refuses rows that break a `check` function. Typed code receives the rows as models, so for typed code it also makes
/// sure that models of them can be made before the write is committed.
pub(super) struct Checks;

impl Effect for Checks {
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool {
        match action {
            Action::Insert(_) | Action::Update { .. } => engine.typed || !engine.table.checks.is_empty(),
            Action::Merge { .. } | Action::Delete { .. } => false,
        }
    }

    fn after<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        async move { Ok(check(engine, step)?) }.boxed()
    }
}

fn check(engine: &Engine, step: &Step<'_>) -> Result<()> {
    let mut errors = Vec::new();
    for (place, record) in step.records.iter().enumerate() {
        let model = (engine.table.model)(record)?;
        let broken = engine.table.checks.iter().filter_map(|check| check(&*model).err());
        errors.extend(broken.map(|reason| FieldError::at(step.pointer(place), codes::CHECK, reason)));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::validation(errors)) }
}

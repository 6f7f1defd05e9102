//! The hooks of a resource: row by row, so that the hooks of each row see the rows before it.

use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::effect::Effect;
use crate::context::Connection;
use crate::error::{Error, Result};
use crate::resource::{Assignments, Checked, HookContext, HookFns, Model, Record, Written, first_version};
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step, StepKind};

/// Runs the hooks before and after the statement, and queues the last one for after the commit.
pub(super) struct RunHooks;

impl Effect for RunHooks {
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool {
        match action {
            Action::Insert(_) | Action::Update { .. } | Action::Delete { .. } => engine.table.hooks.is_some(),
            Action::Merge { .. } => false,
        }
    }

    fn needs_each_row(&self) -> bool {
        true
    }

    fn before<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        async move { Ok(before(engine, step).await?) }.boxed()
    }

    fn after<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        async move { Ok(after(engine, step).await?) }.boxed()
    }

    fn queue(&self, engine: &Engine, step: &mut Step<'_>) -> Result<()> {
        let (run, hook) = (hooks(engine)?.after_commit, context(engine)?);
        let written = match step.kind {
            StepKind::Insert => step.after.take().map(Written::Created),
            StepKind::Update(_) => {
                step.before.take().zip(step.after.take()).map(|(before, after)| Written::Updated { before, after })
            }
            StepKind::Delete(_) => step.before.take().map(Written::Deleted),
        };
        let written = written.ok_or_else(missing)?;
        hook.tx().after_commit(move |ctx| run(ctx, written));
        Ok(())
    }
}

async fn before(engine: &Engine, step: &mut Step<'_>) -> Result<()> {
    let (hooks, hook) = (hooks(engine)?, context(engine)?);
    step.before = step.current.as_ref().map(|current| (engine.table.model)(current)).transpose()?;
    hook.tx().hooked().store(true, Ordering::Relaxed);
    match step.kind {
        StepKind::Insert => {
            let given = step.given.first().ok_or_else(missing)?;
            let mut row = (hooks.before_create)(&hook, given.clone()).await.map_err(|error| of_item(step, error))?;
            // The server alone counts versions.
            if let Some((version, field)) = engine.spec().version_field() {
                let first = || first_version(&field.ty.kind);
                row.iter_mut().filter(|(index, _)| *index == version).for_each(|(_, value)| *value = first());
            }
            check_changes(engine, given, &row, &step.pointer(0))?;
            engine.check_ids(step.operation, std::slice::from_ref(&row), step.first)?;
            step.changed = Some(row);
        }
        StepKind::Update(id) => {
            let given = step.given.first().ok_or_else(missing)?;
            let values = (hooks.before_update)(&hook, model(&step.before)?, given.clone()).await?;
            if values.iter().any(|(index, value)| *index == engine.spec().id && value != id) {
                return Err(Error::internal("before_update changed the id of a row"));
            }
            check_changes(engine, given, &values, "")?;
            step.changed = Some(values);
        }
        StepKind::Delete(_) => (hooks.before_delete)(&hook, model(&step.before)?).await?,
    }
    Ok(())
}

async fn after(engine: &Engine, step: &mut Step<'_>) -> Result<()> {
    let (hooks, hook) = (hooks(engine)?, context(engine)?);
    let record: Option<&Record> = step.records.first();
    step.after = record.map(|record| (engine.table.model)(record)).transpose()?;
    match step.kind {
        StepKind::Insert => {
            (hooks.after_create)(&hook, model(&step.after)?).await.map_err(|error| of_item(step, error))
        }
        StepKind::Update(_) => (hooks.after_update)(&hook, model(&step.before)?, model(&step.after)?).await,
        StepKind::Delete(_) => (hooks.after_delete)(&hook, model(&step.before)?).await,
    }
}

fn hooks(engine: &Engine) -> Result<&'static HookFns> {
    engine.table.hooks.as_ref().ok_or_else(missing)
}

fn model(model: &Option<Model>) -> Result<&Model> {
    model.as_ref().ok_or_else(missing)
}

fn missing() -> Error {
    Error::internal("a hook was called without its row")
}

fn context(engine: &Engine) -> Result<HookContext> {
    match &engine.connection {
        Connection::Transaction(tx) => {
            Ok(HookContext { tx: tx.clone(), actor: engine.actor.clone(), row_access: engine.row_access() })
        }
        Connection::Pool(_) => Err(Error::internal("hooks run in transactions only")),
    }
}

/// The error of a hook, which knows of one row only, with the item of the request.
fn of_item(step: &Step<'_>, error: Error) -> Error {
    let pointer = step.pointer(0);
    if pointer.is_empty() { error } else { error.of_item(&pointer) }
}

/// Checks what a hook has changed against the fields' rules; the rest has been checked already.
fn check_changes(engine: &Engine, given: &Assignments, now: &Assignments, pointer: &str) -> Result<()> {
    let changed = now.iter().filter(|value| !given.contains(value)).cloned().collect();
    Checked::from_typed(engine.table, changed, pointer).map(drop)
}

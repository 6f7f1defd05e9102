//! Writes of resources with hooks: row by row, each hook in its place, all in one transaction.

use std::sync::atomic::Ordering;

use super::{Engine, WriteError, indexes, prefix};
use crate::context::connection::Connection;
use crate::error::{Error, Result};
use crate::resource::{Assignments, Checked, FieldValue, HookContext, HookFns, Record, Written};
use crate::spec::Operation;

impl Engine {
    /// Creates rows one after another, so that the hooks of each see those before it, as they would one by one.
    pub(super) async fn insert_hooked(
        &self,
        hooks: &HookFns,
        operation: Operation,
        rows: &[Assignments],
    ) -> Result<Vec<Record>, WriteError> {
        let hook = self.hook()?;
        hook.tx().hooked().store(true, Ordering::Relaxed);
        let mut records = Vec::with_capacity(rows.len());
        for (place, given) in rows.iter().enumerate() {
            let prefix = prefix(operation, place);
            // A hook knows of one row only.
            let of_item = |error: Error| if prefix.is_empty() { error } else { error.of_item(&prefix) };
            let row = (hooks.before_create)(&hook, given.clone()).await.map_err(of_item)?;
            self.check_changes(given, &row, &prefix)?;
            self.check_ids(operation, std::slice::from_ref(&row), place)?;
            let created = self.insert_rows(std::slice::from_ref(&row)).await?.pop();
            let record = created.ok_or_else(|| Error::internal("INSERT returned no row"))?;
            self.look_again(operation, std::slice::from_ref(&record), &indexes(&row), &prefix).await?;
            let model = (self.table.model)(&record)?;
            (hooks.after_create)(&hook, &model).await.map_err(of_item)?;
            self.queue(hooks, &hook, Written::Created(model));
            records.push(record);
        }
        Ok(records)
    }

    /// Changes a row that nobody else can change meanwhile.
    pub(super) async fn update_hooked(
        &self,
        hooks: &HookFns,
        operation: Operation,
        id: &FieldValue,
        given: &Assignments,
    ) -> Result<Record, WriteError> {
        let hook = self.hook()?;
        let current = self.locked(operation, id.clone()).await?;
        let before = (self.table.model)(&current)?;
        hook.tx().hooked().store(true, Ordering::Relaxed);
        let values = (hooks.before_update)(&hook, &before, given.clone()).await?;
        if values.is_empty() {
            return Ok(current);
        }
        if values.iter().any(|(index, value)| *index == self.spec().id && value != id) {
            return Err(Error::internal("before_update changed the id of a row").into());
        }
        self.check_changes(given, &values, "")?;
        let record = self.update_row(operation, id, &values).await.map_err(gone)?;
        self.look_again(operation, std::slice::from_ref(&record), &indexes(&values), "").await?;
        let after = (self.table.model)(&record)?;
        (hooks.after_update)(&hook, &before, &after).await?;
        self.queue(hooks, &hook, Written::Updated { before, after });
        Ok(record)
    }

    /// Deletes a row that nobody else can change meanwhile.
    pub(super) async fn delete_hooked(&self, hooks: &HookFns, id: &FieldValue) -> Result<(), WriteError> {
        let hook = self.hook()?;
        let current = self.locked(Operation::Delete, id.clone()).await?;
        let model = (self.table.model)(&current)?;
        hook.tx().hooked().store(true, Ordering::Relaxed);
        (hooks.before_delete)(&hook, &model).await?;
        self.delete_row(id).await.map_err(gone)?;
        (hooks.after_delete)(&hook, &model).await?;
        self.queue(hooks, &hook, Written::Deleted(model));
        Ok(())
    }

    /// The row, which nobody else can change before the transaction ends.
    pub(super) async fn locked(&self, operation: Operation, id: FieldValue) -> Result<Record, WriteError> {
        self.get_for_update(operation, id).await.map_err(|error| match error.status() {
            404 => WriteError::NotFound,
            _ => WriteError::Refused(error),
        })
    }

    fn hook(&self) -> Result<HookContext> {
        match &self.connection {
            Connection::Transaction(tx) => {
                Ok(HookContext { tx: tx.clone(), actor: self.actor.clone(), own_rows_only: self.owned.is_some() })
            }
            Connection::Pool(_) => Err(Error::internal("hooks run in transactions only")),
        }
    }

    /// Checks what a hook has changed against the fields' rules; the rest has been checked already.
    fn check_changes(&self, given: &Assignments, now: &Assignments, prefix: &str) -> Result<()> {
        let changed = now.iter().filter(|value| !given.contains(value)).cloned().collect();
        Checked::from_typed(self.table, changed, prefix).map(drop)
    }

    fn queue(&self, hooks: &HookFns, hook: &HookContext, written: Written) {
        let run = hooks.after_commit;
        hook.tx().after_commit(move |ctx| run(ctx, written));
    }
}

/// The row was there before its hook ran. What the hook has written may not stand without the rest.
fn gone(error: WriteError) -> WriteError {
    match error {
        WriteError::NotFound => WriteError::Refused(Error::not_found()),
        other => other,
    }
}

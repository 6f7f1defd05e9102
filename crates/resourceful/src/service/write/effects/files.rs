//! Removing, after the commit, the files that rows no longer have.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::effect::Effect;
use crate::context::Connection;
use crate::error::{Error, Result};
use crate::service::engine::Engine;
use crate::service::files::{discard_all, keys_of};
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step, StepKind};

/// Removes what a changed row has had, and what deleted rows have had.
pub(super) struct Files;

impl Effect for Files {
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool {
        let spec = engine.spec();
        match action {
            // Hooks may write more fields than were given.
            Action::Update { .. } => {
                spec.files().any(|field| engine.table.hooks.is_some() || action.fields().contains(&field.index))
            }
            Action::Delete { .. } => engine.deletes_files(),
            Action::Insert(_) | Action::Merge { .. } => false,
        }
    }

    fn needs_each_row(&self) -> bool {
        true
    }

    fn before<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        async move {
            step.discarded = step.current.as_ref().map(|current| keys_of(engine.spec(), current)).unwrap_or_default();
            if let StepKind::Delete(id) = step.kind {
                step.discarded.extend(engine.files_below(id).await?);
            }
            Ok(())
        }
        .boxed()
    }

    fn queue(&self, engine: &Engine, step: &mut Step<'_>) -> Result<()> {
        let kept: Vec<String> = step.records.iter().flat_map(|record| keys_of(engine.spec(), record)).collect();
        let mut keys = std::mem::take(&mut step.discarded);
        keys.retain(|key| !kept.contains(key));
        let Connection::Transaction(tx) = &engine.connection else {
            return Err(Error::internal("files are removed after a transaction only"));
        };
        tx.discard_after_commit(keys, discard_all);
        Ok(())
    }
}

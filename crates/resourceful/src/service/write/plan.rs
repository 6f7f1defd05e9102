//! The plan of a write: computed once, from the resource, the engine and what is to be written.

use super::effects::{self, Effect};
use super::step::{Action, Step, StepKind};
use crate::service::engine::Engine;
use crate::spec::Operation;

/// The plan of a write.
pub(super) struct WritePlan<'a> {
    pub(super) operation: Operation,
    pub(super) action: Action<'a>,
    /// Everything must be committed together: there are several statements, or effects that may refuse the write.
    pub(super) needs_transaction: bool,
    /// Each row is written by a statement of its own, and a row that exists is locked first.
    pub(super) row_by_row: bool,
    /// What happens in addition to the statements, in order.
    pub(super) effects: Vec<&'static dyn Effect>,
}

impl<'a> WritePlan<'a> {
    pub(super) fn new(engine: &Engine, operation: Operation, action: Action<'a>) -> Self {
        let effects = effects::of(engine, &action);
        let row_by_row = effects.iter().any(|effect| effect.needs_each_row());
        let statements = match &action {
            Action::Insert(rows) => rows.len().div_ceil(engine.rows_per_insert(action.fields().len())),
            // The row is read first.
            Action::Merge { .. } => 2,
            Action::Update { .. } | Action::Delete { .. } => 1,
        };
        let needs_transaction = statements > 1 || !effects.is_empty() || engine.is_read_back(action.rows());
        Self { operation, action, needs_transaction, row_by_row, effects }
    }

    /// The steps; a merge makes its own plan once it has read the row.
    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        let step = |kind, place| Step::new(self.operation, kind, self.action.rows(), place);
        match &self.action {
            Action::Insert(rows) if self.row_by_row => {
                let each = rows.chunks(1).enumerate();
                each.map(|(place, row)| Step::new(self.operation, StepKind::Insert, row, place)).collect()
            }
            Action::Insert(_) => vec![step(StepKind::Insert, 0)],
            Action::Update { id, .. } => vec![step(StepKind::Update(id), 0)],
            Action::Delete { id } => vec![step(StepKind::Delete(id), 0)],
            Action::Merge { .. } => Vec::new(),
        }
    }
}

//! Executing the plan of a write. This is the only place that chooses between a single statement and a transaction, and
//! the only one that begins a transaction for a write.

use std::sync::atomic::Ordering;

use futures_util::FutureExt;

use super::error::WriteError;
use super::plan::WritePlan;
use super::step::{Step, StepKind};
use crate::context::Connection;
use crate::context::outcome::is_outcome_unknown;
use crate::context::{Failure, Retried, Tx};
use crate::error::{Error, Result, catalogue};
use crate::resource::{FieldValue, Record};
use crate::service::engine::Engine;
use crate::service::retry::retrying;
use crate::spec::Operation;

impl Engine {
    /// Executes a plan and returns the written rows, in the order in which they were sent.
    pub(super) async fn execute(&self, plan: &WritePlan<'_>) -> Result<Vec<Record>> {
        // Boxed, so that the futures of callers stay small and shallow: theirs count against the compiler's recursion limit.
        self.perform(plan, |engine| async move { engine.run(plan).await }.boxed()).boxed().await
    }

    /// Does the work of a plan, in a transaction where the plan needs one. It is attempted again after a conflict with
    /// concurrent work, unless hooks have run, which may have done more than write. Within a transaction it is attempted
    /// once: only the whole transaction can be repeated.
    pub(super) async fn perform<T, F>(&self, plan: &WritePlan<'_>, work: impl Fn(Self) -> F) -> Result<T>
    where
        F: Future<Output = Result<T, WriteError>>,
    {
        let attempt = || async {
            let done = match plan.needs_transaction || !self.is_statement_atomic().await? {
                true => self.atomically(&work).await,
                false => work(self.clone()).await,
            };
            match done {
                Ok(done) => Ok(done),
                Err(error) => Err(self.explain(error, plan).await),
            }
        };
        if self.connection.is_pool() { retrying(&self.ctx, Retried::Statement, attempt).await } else { attempt().await }
    }

    /// The steps of a plan, each with its effects.
    async fn run(&self, plan: &WritePlan<'_>) -> Result<Vec<Record>, WriteError> {
        let mut written = Vec::new();
        for mut step in plan.steps() {
            if let (true, Some(id)) = (plan.row_by_row, plan.action.id()) {
                step.current = Some(self.locked(plan.operation, id.clone()).await?);
            }
            for effect in &plan.effects {
                effect.before(self, &mut step).await?;
            }
            if step.is_empty() {
                written.extend(step.current);
                continue;
            }
            step.records = match self.statement(&step).await {
                // The row was there when it was locked. What an effect has written must not be committed without it.
                Err(WriteError::NotFound) if step.current.is_some() => return Err(Error::not_found().into()),
                done => done?,
            };
            for effect in &plan.effects {
                effect.after(self, &mut step).await?;
            }
            for effect in &plan.effects {
                effect.queue(self, &mut step)?;
            }
            written.append(&mut step.records);
        }
        Ok(written)
    }

    async fn statement(&self, step: &Step<'_>) -> Result<Vec<Record>, WriteError> {
        let changing = self.changing(matches!(step.kind, StepKind::Delete(_)));
        let done = self.send(step).await;
        let is_unknown = matches!(&done, Err(WriteError::Database(error)) if is_outcome_unknown(error));
        if let Some(changing) = changing {
            changing.end(!is_unknown).await;
        }
        done
    }

    async fn send(&self, step: &Step<'_>) -> Result<Vec<Record>, WriteError> {
        match step.kind {
            StepKind::Insert => self.insert_rows(step.rows()).await,
            StepKind::Update(id) => {
                let values = step.rows().first().ok_or_else(|| Error::internal("an update without fields"))?;
                Ok(vec![self.update_row(step.operation, id, values, step.current.is_some()).await?])
            }
            StepKind::Delete(id) => match self.delete_row(id, step.current.is_some()).await {
                Err(WriteError::TooDeep(_)) => {
                    let deleted = self.atomically(|engine| async move { engine.delete_deep(id).await }).await;
                    deleted.map(|()| Vec::new())
                }
                deleted => deleted.map(|()| Vec::new()),
            },
        }
    }

    /// Does all of the work or nothing: in a new transaction, or within the one that is open. That one can no longer be
    /// committed if a part of the work has been done.
    async fn atomically<T, F>(&self, work: impl FnOnce(Self) -> F) -> Result<T, WriteError>
    where
        F: Future<Output = Result<T, WriteError>>,
    {
        let ctx = match &self.connection {
            Connection::Pool(ctx) => ctx,
            Connection::Transaction(tx) => {
                let done = work(self.clone()).await;
                if done.as_ref().is_err_and(|error| !matches!(error, WriteError::NotFound | WriteError::Stale)) {
                    tx.fail();
                }
                return done;
            }
        };
        let mut hooked = None;
        let joined = |tx: Tx| {
            hooked = Some(tx.hooked());
            work(Self { connection: Connection::Transaction(tx), ..self.clone() })
        };
        let error = match Tx::run(ctx, joined).await {
            Ok(done) => return Ok(done),
            Err(Failure::Work { error, .. }) => error,
            Err(Failure::Database(error)) => WriteError::Database(error),
            Err(Failure::Commit(error)) => WriteError::Commit(error),
        };
        let hooked = hooked.is_some_and(|hooked| hooked.load(Ordering::Relaxed));
        Err(if hooked { WriteError::AfterHooks(Box::new(error)) } else { error })
    }

    /// The row with this id, locked until the end of the transaction.
    pub(super) async fn locked(&self, operation: Operation, id: FieldValue) -> Result<Record, WriteError> {
        self.get_for_update(operation, id).await.map_err(|error| match error.is(&catalogue::NOT_FOUND) {
            true => WriteError::NotFound,
            false => WriteError::Refused(error),
        })
    }
}

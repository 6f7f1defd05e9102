//! One writer at a time, where the database has no more.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Context;

tokio::task_local! {
    /// The context whose transaction this task is in.
    static INSIDE: usize;
}

/// The queue of SQLite's writers. SQLite lets one write and the others ask again and again until they give up; a queue
/// wakes each in its turn.
pub(super) struct Gate {
    turns: Option<Arc<Semaphore>>,
    patience: Duration,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Gate {
    pub(super) fn new(backend: DbBackend, patience: Duration) -> Self {
        let turns = (backend == DbBackend::Sqlite).then(|| Arc::new(Semaphore::new(1)));
        Self { turns, patience }
    }

    /// How long anybody waits for somebody else.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }
}

impl Context {
    /// Waits for its turn to write.
    ///
    /// # Errors
    /// As when the pool has no connection, when it does not come in time. At once when the caller stands in the way
    /// himself: the turn is his transaction's.
    pub(crate) async fn turn(&self) -> Result<Turn, DbErr> {
        let gate = self.gate();
        let Some(turns) = &gate.turns else { return Ok(Turn { _permit: None }) };
        if self.is_inside() {
            return Err(DbErr::Custom(
                "a write outside of a transaction was made inside its closure, where SQLite has one writer at a time; \
                 use services of the transaction: `projects.within(&tx)`"
                    .to_owned(),
            ));
        }
        match tokio::time::timeout(gate.patience, turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: Some(permit) }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Runs the work of a transaction, whose turn it is.
    pub(super) async fn inside<F: Future>(&self, work: F) -> F::Output {
        INSIDE.scope(self.key(), work).await
    }

    /// Whether the caller is in a transaction of this context.
    pub(super) fn is_inside(&self) -> bool {
        INSIDE.try_with(|inside| *inside == self.key()) == Ok(true)
    }

    /// Tells this context from others.
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

/// Whether a statement may change something: all that do not begin with `SELECT`.
pub(super) fn may_write(sql: &str) -> bool {
    sql.trim_start().get(..6).is_none_or(|word| !word.eq_ignore_ascii_case("select"))
}

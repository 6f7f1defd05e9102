//! The interface of an effect.

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use crate::error::Result;
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step};

/// What a write does in addition to its statement, within the same transaction.
pub(in crate::service::write) trait Effect: Send + Sync {
    /// Whether a write has this effect. It then runs in a transaction.
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool;

    /// Whether each row needs a statement of its own, and a row that exists must be locked and read first.
    fn needs_each_row(&self) -> bool {
        false
    }

    /// Runs before the statement. It may change the row, or refuse the write.
    fn before<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        let _ = (engine, step);
        ready(Ok(())).boxed()
    }

    /// Runs after the statement. It may still refuse the write.
    fn after<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        let _ = (engine, step);
        ready(Ok(())).boxed()
    }

    /// Queues what runs after the COMMIT, once all effects have agreed.
    fn queue(&self, engine: &Engine, step: &mut Step<'_>) -> Result<()> {
        let _ = (engine, step);
        Ok(())
    }
}

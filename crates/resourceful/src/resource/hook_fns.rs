//! The hooks of a resource as the engine calls them: plain functions that wrap the typed trait.

use futures_util::future::BoxFuture;

use super::types::{Assignments, Model};
use crate::actor::{Actor, CurrentUser, RowAccess};
use crate::context::{Context, Tx};
use crate::error::Result;

/// The context of a hook: the transaction of the write, and the actor.
#[derive(Clone, Debug)]
pub struct HookContext {
    /// The transaction.
    pub(crate) tx: Tx,
    /// The actor of the write.
    pub(crate) actor: Actor,
    /// Which rows they may write, before the policy applies.
    pub(crate) row_access: RowAccess,
}

impl HookContext {
    /// The transaction of the write: statements on it are committed or rolled back together with the write.
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// The context that all parts of the application share. Statements on its database are outside of the transaction.
    pub fn ctx(&self) -> &Context {
        self.tx.ctx()
    }

    /// The user who writes; `None` for the system and for a caller without a token.
    pub fn user(&self) -> Option<&CurrentUser> {
        self.actor.user().map(AsRef::as_ref)
    }
}

/// The change of a row, for hooks that run after the commit.
pub enum Written {
    /// The row was created.
    Created(Model),
    /// The row was changed.
    Updated {
        /// The row before the change.
        before: Model,
        /// The row after the change.
        after: Model,
    },
    /// The row was deleted.
    Deleted(Model),
}

/// The hooks of one resource. Rows come as models whose type only the hooks know.
#[derive(Clone, Copy)]
pub struct HookFns {
    /// Sees the values of a new row and may change them.
    pub before_create: for<'a> fn(&'a HookContext, Assignments) -> BoxFuture<'a, Result<Assignments>>,
    /// Sees the new row.
    pub after_create: for<'a> fn(&'a HookContext, &'a Model) -> BoxFuture<'a, Result<()>>,
    /// Sees a row and the values that are about to change in it, and may change those.
    pub before_update: for<'a> fn(&'a HookContext, &'a Model, Assignments) -> BoxFuture<'a, Result<Assignments>>,
    /// Sees a row as it was and as it is.
    pub after_update: for<'a> fn(&'a HookContext, &'a Model, &'a Model) -> BoxFuture<'a, Result<()>>,
    /// Sees a row that is about to be deleted.
    pub before_delete: for<'a> fn(&'a HookContext, &'a Model) -> BoxFuture<'a, Result<()>>,
    /// Sees a row that was deleted.
    pub after_delete: for<'a> fn(&'a HookContext, &'a Model) -> BoxFuture<'a, Result<()>>,
    /// Runs after the commit.
    pub after_commit: fn(Context, Written) -> BoxFuture<'static, Result<()>>,
}

impl std::fmt::Debug for HookFns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookFns").finish_non_exhaustive()
    }
}

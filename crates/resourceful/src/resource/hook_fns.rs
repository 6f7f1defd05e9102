//! The hooks of a resource, as the engine calls them: the typed trait behind plain functions.

use futures_util::future::BoxFuture;

use super::{Assignments, Model};
use crate::actor::{Actor, CurrentUser};
use crate::context::{Context, Tx};
use crate::error::Result;

/// What a hook finds beside its rows: the transaction of the write, and who writes.
#[derive(Clone, Debug)]
pub struct HookContext {
    /// The transaction.
    pub(crate) tx: Tx,
    /// Who writes.
    pub(crate) actor: Actor,
    /// He was let in to nothing but his own rows.
    pub(crate) own_rows_only: bool,
}

impl HookContext {
    /// The write's transaction: what is done with it happens together with the write or not at all.
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// What all parts of the application share. Statements on its own database are outside of the transaction.
    pub fn ctx(&self) -> &Context {
        self.tx.ctx()
    }

    /// The user who writes; `None` for the system and for a caller without a token.
    pub fn user(&self) -> Option<&CurrentUser> {
        self.actor.user().map(AsRef::as_ref)
    }
}

/// What has happened to a row, for hooks that run after the commit.
pub enum Written {
    /// It was created.
    Created(Model),
    /// It was changed.
    Updated {
        /// As it was.
        before: Model,
        /// As it is.
        after: Model,
    },
    /// It was deleted.
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

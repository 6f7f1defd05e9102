//! The hooks of a resource, as the engine calls them: the typed trait behind plain functions.

use futures_util::future::BoxFuture;

use super::{Assignments, Record};
use crate::actor::Actor;
use crate::context::Tx;
use crate::error::Result;

/// What a hook finds beside its rows: the transaction of the write, and who writes.
#[derive(Clone, Debug)]
pub struct HookContext {
    /// The transaction.
    pub(crate) tx: Tx,
    /// Who writes.
    pub(crate) actor: Actor,
}

/// What has happened to a row, for hooks that run after the commit.
#[derive(Debug)]
pub enum Written {
    /// It was created.
    Created(Record),
    /// It was changed.
    Updated {
        /// As it was.
        before: Record,
        /// As it is.
        after: Record,
    },
    /// It was deleted.
    Deleted(Record),
}

/// The hooks of one resource.
#[derive(Clone, Copy)]
pub struct HookFns {
    /// Sees the values of a new row and may change them.
    pub before_create: for<'a> fn(&'a HookContext, Assignments) -> BoxFuture<'a, Result<Assignments>>,
    /// Sees the new row.
    pub after_create: for<'a> fn(&'a HookContext, &'a Record) -> BoxFuture<'a, Result<()>>,
    /// Sees a row and the values that are about to change in it, and may change those.
    pub before_update: for<'a> fn(&'a HookContext, &'a Record, Assignments) -> BoxFuture<'a, Result<Assignments>>,
    /// Sees a row as it was and as it is.
    pub after_update: for<'a> fn(&'a HookContext, &'a Record, &'a Record) -> BoxFuture<'a, Result<()>>,
    /// Sees a row that is about to be deleted.
    pub before_delete: for<'a> fn(&'a HookContext, &'a Record) -> BoxFuture<'a, Result<()>>,
    /// Sees a row that was deleted.
    pub after_delete: for<'a> fn(&'a HookContext, &'a Record) -> BoxFuture<'a, Result<()>>,
    /// Runs after the commit.
    pub after_commit: fn(crate::context::Context, Actor, Written) -> BoxFuture<'static, Result<()>>,
}

impl std::fmt::Debug for HookFns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookFns").finish_non_exhaustive()
    }
}

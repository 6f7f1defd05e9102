//! A transaction that several services share.

use std::sync::Arc;

use sea_orm::DatabaseTransaction;

use super::Context;
use super::connection::Connection;

/// A transaction that several services share.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    ctx: Context,
    transaction: Arc<DatabaseTransaction>,
}

impl Tx {
    /// What all parts of the application share.
    pub fn ctx(&self) -> &Context {
        &self.0.ctx
    }

    /// The transaction, for SeaORM queries of one's own.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.0.transaction
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}

/// Where a service runs its statements: a [`Context`], each for itself, or a [`Tx`], all or none.
pub trait Scope: sealed::Scope {}

impl Scope for Context {}
impl Scope for Tx {}

pub(crate) mod sealed {
    use super::{Connection, Context, Tx};

    pub trait Scope {
        #[doc(hidden)]
        fn of(&self) -> (Context, Connection);
    }

    impl Scope for Context {
        fn of(&self) -> (Context, Connection) {
            (self.clone(), Connection::Pool(self.db().clone()))
        }
    }

    impl Scope for Tx {
        fn of(&self) -> (Context, Connection) {
            (self.ctx().clone(), Connection::Transaction(self.0.transaction.clone()))
        }
    }
}

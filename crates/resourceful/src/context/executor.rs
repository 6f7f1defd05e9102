//! Where a service runs its statements.

use super::{Connection, Context, Tx};

/// Where a service runs its statements: a [`Context`], each statement alone, or a [`Tx`], all or none.
pub trait Executor: sealed::Executor {}

impl Executor for Context {}
impl Executor for Tx {}

pub(crate) mod sealed {
    use super::{Connection, Context, Tx};

    pub trait Executor {
        #[doc(hidden)]
        fn parts(&self) -> (Context, Connection);
    }

    impl Executor for Context {
        fn parts(&self) -> (Context, Connection) {
            (self.clone(), Connection::Pool(self.clone()))
        }
    }

    impl Executor for Tx {
        fn parts(&self) -> (Context, Connection) {
            (self.ctx().clone(), Connection::Transaction(self.clone()))
        }
    }
}

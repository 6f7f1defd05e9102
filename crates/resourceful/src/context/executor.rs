//! What a service runs its statements with.

use super::{Connection, Context, Tx};

/// What a service runs its statements with: a [`Context`], so that each statement runs alone, or a [`Tx`], so that all or
/// none take effect.
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

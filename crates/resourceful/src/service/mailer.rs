//! Mail of services.

use super::crud::Crud;
use crate::events::DurableMailer;
use crate::resource::Resource;

impl<R: Resource> Crud<R> {
    /// The mailer of the application. What a service of a transaction sends is sent if the transaction is committed, and
    /// only then.
    pub fn mailer(&self) -> DurableMailer {
        DurableMailer::new(self.engine.connection.clone())
    }
}

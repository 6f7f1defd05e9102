//! Telling the kept answers which tables a write changes.

use crate::context::changes::{ANY, Changing, EVERY};
use crate::context::{Connection, Context, Tx};
use crate::resource::Resource;
use crate::service::engine::Engine;

impl Engine {
    /// Announces a statement that writes this resource. It ends with the value that is returned; within a transaction it
    /// ends with the commit.
    pub(super) fn changing(&self, is_delete: bool) -> Option<Changing> {
        let tables = self.ctx.changed_by(self.spec(), is_delete);
        match &self.connection {
            Connection::Pool(ctx) => Some(Changing::new(ctx, tables)),
            Connection::Transaction(tx) => {
                tx.note_written(&tables);
                None
            }
        }
    }
}

impl Context {
    /// Says that rows of this resource were changed without a service: by SQL of your own, or by another program. Answers
    /// that the server keeps (`#[resource(cache(..))]`) are not used any more if rows of this resource can be in them.
    ///
    /// Call it after the change has been committed; within a transaction call [`Tx::changed`] instead.
    ///
    /// ```
    /// # use resourceful::prelude::*;
    /// # use resourceful::sea_orm::ConnectionTrait;
    /// # #[derive(Clone, Debug, Resource)]
    /// # pub struct Price { pub id: Uuid, pub cents: i64 }
    /// async fn raise_prices(ctx: &Context) -> Result<()> {
    ///     ctx.db().execute_unprepared("UPDATE prices SET cents = cents + 1").await?;
    ///     ctx.changed::<Price>().await;
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    pub async fn changed<R: Resource>(&self) {
        self.raise(&self.changed_by(R::spec(), true)).await;
    }

    /// Says that any rows may have been changed without a service. No answer that the server keeps is used any more.
    pub async fn changed_everything(&self) {
        self.raise(&[EVERY, ANY]).await;
    }
}

impl Tx {
    /// Says that this transaction changes rows of this resource without a service, as [`Context::changed`] does. It takes
    /// effect with the commit.
    pub fn changed<R: Resource>(&self) {
        self.note_written(&self.ctx().changed_by(R::spec(), true));
    }

    /// Says that this transaction may change any rows without a service.
    pub fn changed_everything(&self) {
        self.note_written(&[EVERY, ANY]);
    }
}

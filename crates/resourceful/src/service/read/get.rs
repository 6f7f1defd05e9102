//! Reading one row by its id.

use sea_orm::DbBackend;
use sea_orm::sea_query::LockType;

use super::columns::Columns;
use crate::error::Result;
use crate::resource::{FieldValue, Record};
use crate::service::engine::Engine;
use crate::spec::Operation;

impl Engine {
    /// The row with this id.
    ///
    /// # Errors
    /// 404 when there is none, or none that the actor may see.
    pub(crate) async fn get(&self, id: FieldValue) -> Result<Record> {
        self.get_as(Operation::Get, id).await
    }

    /// The same with these columns only.
    pub(crate) async fn get_columns(&self, id: FieldValue, columns: &Columns) -> Result<Record> {
        self.get_columns_as(Operation::Get, id, columns).await
    }

    /// The row with this id, if the actor may touch it with this operation.
    pub(in crate::service) async fn get_as(&self, operation: Operation, id: FieldValue) -> Result<Record> {
        self.get_columns_as(operation, id, &Columns::ALL).await
    }

    async fn get_columns_as(&self, operation: Operation, id: FieldValue, columns: &Columns) -> Result<Record> {
        let mut select = columns.select(self.spec());
        select.cond_where(self.condition_with_id(operation, id.clone())).limit(1);
        self.found(self.one(&select).await?, operation, &id).await
    }

    /// The row with this id, locked until the end of the transaction for an operation that is about to change it.
    pub(in crate::service) async fn get_for_update(&self, operation: Operation, id: FieldValue) -> Result<Record> {
        let mut select = Columns::ALL.select(self.spec());
        select.cond_where(self.condition_with_id(operation, id.clone())).limit(1);
        // SQLite's write transaction holds the whole database already. On PostgreSQL a row that is only changed may be
        // referred to meanwhile: a transaction that adds a child locks the key of its parent, and must be able to lock
        // the parent too.
        if self.backend() == DbBackend::Postgres {
            select.lock(if operation == Operation::Delete { LockType::Update } else { LockType::NoKeyUpdate });
        }
        self.found(self.one(&select).await?, operation, &id).await
    }

    async fn found(&self, row: Option<Record>, operation: Operation, id: &FieldValue) -> Result<Record> {
        match row {
            Some(row) => Ok(row),
            None => Err(self.not_found(operation, id).await),
        }
    }
}

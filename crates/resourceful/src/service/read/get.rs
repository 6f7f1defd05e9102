//! Reading one row by its id.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, LockType};

use super::columns::Columns;
#[cfg(feature = "postgres")]
use super::gather::{self, Answer, Place};
use super::texts::Shape;
#[cfg(feature = "postgres")]
use crate::context::db_error;
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
        let condition = self.condition(operation);
        #[cfg(feature = "postgres")]
        if self.connection.is_pool() && self.backend() == DbBackend::Postgres {
            return self.found(self.gathered(condition, &id, columns).await?, operation, &id).await;
        }
        self.found(self.alone(condition, &id, columns).await?, operation, &id).await
    }

    /// The row with this id, read together with others that are read at the same time.
    #[cfg(feature = "postgres")]
    async fn gathered(&self, condition: Condition, id: &FieldValue, columns: &Columns) -> Result<Option<Record>> {
        if gather::is_large(&self.ctx, self.spec().table) {
            let row = self.alone(condition, id, columns).await?;
            if let Some(row) = &row {
                gather::note(&self.ctx, self.spec().table, row);
            }
            return Ok(row);
        }
        let route = self.ctx.read_route().await;
        match gather::join(&self.ctx, self.table, columns, &condition, id, route) {
            Place::First(in_flight) => {
                let row = self.alone(condition, id, columns).await;
                drop(in_flight);
                row
            }
            Place::Waits(result) => match result.await {
                Ok(Answer::Row(row)) => Ok(row),
                Ok(Answer::Failed(error)) => Err(db_error::read(error)),
                Ok(Answer::Alone) | Err(_) => self.alone(condition, id, columns).await,
            },
        }
    }

    async fn alone(&self, condition: Condition, id: &FieldValue, columns: &Columns) -> Result<Option<Record>> {
        let has_condition = !condition.is_empty();
        let select = || {
            let mut select = columns.select(self.spec());
            select.cond_where(self.with_id(condition, id.clone())).limit(1);
            select
        };
        if has_condition {
            return self.one(&select()).await;
        }
        let statement = self.with_text(columns, Shape::One, vec![id.clone(), 1_u64.into()], select);
        self.one_of(statement).await
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

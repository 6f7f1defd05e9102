//! Deleting a row.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Query};

use super::cascade::is_in_cycle;
use super::error::WriteError;
use super::plan::WritePlan;
use super::step::Action;
use crate::context::access::build;
use crate::context::outcome::is_too_deep;
use crate::error::Result;
use crate::resource::FieldValue;
use crate::service::engine::Engine;
use crate::spec::Operation;

impl Engine {
    /// Deletes a row.
    pub(crate) async fn delete(&self, id: FieldValue) -> Result<()> {
        let plan = WritePlan::new(self, Operation::Delete, Action::Delete { id: &id });
        self.execute(&plan).await.map(drop)
    }

    /// Deletes a row, and the rows that `ON DELETE CASCADE` deletes with it. A locked row is in the state that the caller
    /// requires.
    pub(super) async fn delete_row(&self, id: &FieldValue, locked: bool) -> Result<(), WriteError> {
        let mut delete = Query::delete();
        let target = if locked { Self::condition_with_id } else { Self::target };
        let condition = target(self, Operation::Delete, id.clone());
        delete.from_table(Alias::new(self.spec().table)).cond_where(condition);
        let statement = build(self.backend(), &delete);
        // A statement that may fail without failing the transaction costs two more round trips on PostgreSQL.
        let tried = self.backend() == DbBackend::Sqlite || self.connection.is_pool() || is_in_cycle(self.spec());
        let done =
            if tried { self.connection.try_execute(statement).await } else { self.connection.execute(statement).await };
        match done {
            Ok(done) if done.rows_affected() > 0 => Ok(()),
            Ok(_) => Err(WriteError::NotFound),
            Err(error) if tried && is_too_deep(&error) => Err(WriteError::TooDeep(error)),
            Err(error) => Err(error.into()),
        }
    }
}

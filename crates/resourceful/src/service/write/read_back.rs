//! Long values on SQLite, which are read back in a statement of their own.
//!
//! For `RETURNING`, SQLite keeps each returned row four more times beside what it writes: as a record, in the pages of a
//! table of its own, as a column and as the result. Read afterwards, in the same transaction, the row takes the place of
//! what the first statement held.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, ReturningClause};
use sea_orm::{DbBackend, QueryResult};

use super::error::WriteError;
use crate::context::access::build;
use crate::context::db_error::{Violation, violated};
use crate::error::Result;
use crate::resource::{Assignments, FieldValue, Record};
use crate::service::engine::Engine;

/// From how many bytes on the values of a statement are long. Below, a second statement costs more than it saves.
const LONG: usize = 128 * 1024;

impl Engine {
    /// Whether what is written is long and has to be read back, for which it needs a transaction.
    pub(super) fn is_read_back(&self, rows: &[Assignments]) -> bool {
        let length = |value: &FieldValue| match value {
            FieldValue::String(Some(text)) => text.len(),
            FieldValue::Bytes(Some(bytes)) => bytes.len(),
            _ => 0,
        };
        let lengths = rows.iter().flatten().map(|(_, value)| length(value));
        self.backend() == DbBackend::Sqlite && lengths.sum::<usize>() > LONG
    }

    /// `RETURNING` of the id alone, in its place among the fields.
    pub(super) fn returning_id(&self) -> ReturningClause {
        let spec = self.spec();
        let null = || Expr::cust("NULL");
        let column = |index| if index == spec.id { Expr::col(Alias::new(spec.id_field().column)) } else { null() };
        Query::returning().exprs((0..spec.fields.len()).map(column))
    }

    /// The rows with the ids that a statement has returned.
    ///
    /// # Errors
    /// 422 when they are not all there, because a trigger has removed one. Nothing is committed then.
    pub(super) async fn read_back(&self, returned: Vec<QueryResult>) -> Result<Vec<Record>, WriteError> {
        let spec = self.spec();
        let ids = returned.into_iter().map(|row| Record::from(row).value(spec, spec.id)).collect::<Result<Vec<_>>>()?;
        let (written, id) = (ids.len(), Expr::col(Alias::new(spec.id_field().column)));
        let mut select = Query::select();
        select
            .columns(spec.fields.iter().map(|field| Alias::new(field.column)))
            .from(Alias::new(spec.table))
            .and_where(id.is_in(ids.into_iter().map(Expr::val)));
        let rows = self.connection.all(build(self.backend(), &select)).await?;
        if rows.len() != written {
            return Err(violated(Violation::Rule).into());
        }
        Ok(rows.into_iter().map(Record::from).collect())
    }
}

//! Writes that the database refused. Where the row would not be one that the caller may write, that is what they are
//! told, and not what stood in its way: a unique value or a reference tells of rows that they may not see.

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};

use super::{Engine, WriteError, indexes};
use crate::actor::Actor;
use crate::context::connection::{build, sql_state};
use crate::error::{Error, Result, catalogue};
use crate::resource::{Assignments, FieldValue, null_of};
use crate::spec::Operation;

/// How many rows are looked at in one statement.
const MOST_ROWS: usize = 100;

impl Engine {
    /// The reason why new rows could not be written.
    pub(super) async fn refused_rows(
        &self,
        operation: Operation,
        error: WriteError,
        rows: &[Assignments],
    ) -> WriteError {
        let Some(first) = rows.first() else { return error };
        self.refused(operation, error, &indexes(first), || rows.iter().map(|row| self.as_row(row)).collect()).await
    }

    /// The reason why a row could not be changed.
    pub(super) async fn refused_change(
        &self,
        operation: Operation,
        error: WriteError,
        id: &FieldValue,
        values: &Assignments,
    ) -> WriteError {
        self.refused(operation, error, &indexes(values), || vec![self.as_changed(id, values)]).await
    }

    /// The reason why a row could not be merged, of which the answer was made within the transaction.
    pub(super) async fn refused_merge(
        &self,
        error: WriteError,
        id: &FieldValue,
        mut values: Assignments,
    ) -> WriteError {
        let inner = match &error {
            WriteError::Hooked(inner) => inner.as_ref(),
            other => other,
        };
        let WriteError::Refused(told) = inner else { return error };
        let is_about_rows = told.is(&catalogue::CONFLICT) || told.is(&catalogue::INVALID_REFERENCE);
        if !is_about_rows || !self.must_look_again(&indexes(&values)) || !self.connection.is_pool() {
            return error;
        }
        self.settle(&mut values);
        match self.would_be_within(Operation::Patch, vec![self.as_changed(id, &values)]).await {
            Ok(false) => WriteError::OutsidePolicy(None),
            Ok(true) | Err(_) => error,
        }
    }

    async fn refused(
        &self,
        operation: Operation,
        error: WriteError,
        written: &[usize],
        rows: impl Fn() -> Vec<SelectStatement>,
    ) -> WriteError {
        let inner = match &error {
            WriteError::Hooked(inner) => inner.as_ref(),
            other => other,
        };
        let (WriteError::Database(reason) | WriteError::Commit(reason)) = inner else { return error };
        // PostgreSQL answers nothing more within a transaction of which a statement was refused.
        if !is_about_rows(reason) || !self.must_look_again(written) || !self.connection.is_pool() {
            return error;
        }
        let owner = Self { actor: Actor::System, ..self.clone() };
        match self.would_be_within(operation, rows()).await {
            Ok(false) => {}
            // Rows that cannot be asked about keep the answer they had.
            Ok(true) | Err(_) => return error,
        }
        let through = self.owned.as_ref().is_some_and(|owned| owned.own_field().is_none());
        match through && !owner.would_be_within(operation, rows()).await.unwrap_or(true) {
            true => WriteError::ForeignReference,
            false => WriteError::OutsidePolicy(None),
        }
    }

    /// Whether all of these rows, as they would be, are among those that the actor may touch with this operation.
    async fn would_be_within(&self, operation: Operation, rows: Vec<SelectStatement>) -> Result<bool> {
        for rows in rows.chunks(MOST_ROWS) {
            let Some((first, others)) = rows.split_first() else { continue };
            let mut all = first.clone();
            all.unions(others.iter().map(|row| (UnionType::All, row.clone())));
            let mut look = Query::select();
            // Under the name of the table, of which the conditions speak.
            look.expr(Expr::cust("COUNT(*)"))
                .from_subquery(all, Alias::new(self.spec().table))
                .cond_where(self.condition(operation));
            let found = self.connection.one(build(self.backend(), &look)).await.map_err(Error::internal)?;
            let count: Option<i64> = found.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::internal)?;
            if count.and_then(|count| usize::try_from(count).ok()) != Some(rows.len()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A row that is in no table.
    fn as_row(&self, row: &Assignments) -> SelectStatement {
        let mut select = Query::select();
        for (index, field) in self.spec().fields.iter().enumerate() {
            let given = row.iter().find(|(at, _)| *at == index).map(|(_, value)| self.bound(index, value));
            let value = given.unwrap_or_else(|| Expr::val(null_of(&field.ty.kind)));
            select.expr_as(value, Alias::new(field.column));
        }
        select
    }

    /// A row as it would be with these values.
    fn as_changed(&self, id: &FieldValue, values: &Assignments) -> SelectStatement {
        let table = Alias::new(self.spec().table);
        let mut select = Query::select();
        for (index, field) in self.spec().fields.iter().enumerate() {
            let column = Alias::new(field.column);
            match values.iter().find(|(at, _)| *at == index) {
                Some((_, value)) => select.expr_as(self.bound(index, value), column),
                None => select.column((table.clone(), column)),
            };
        }
        let of_row = Expr::col((table.clone(), Alias::new(self.spec().id_field().column)));
        select.from(table).and_where(of_row.eq(Expr::val(id.clone())));
        select
    }
}

/// Whether the database refused a row for what it or others hold: SQLSTATE class 23 and what triggers raise;
/// SQLITE_CONSTRAINT with its extended codes.
fn is_about_rows(error: &DbErr) -> bool {
    sql_state(error).is_some_and(|state| match state.parse::<u32>() {
        Ok(code) if state.len() < 5 => code & 0xff == 19,
        _ => state.starts_with("23") || state == "P0001",
    })
}

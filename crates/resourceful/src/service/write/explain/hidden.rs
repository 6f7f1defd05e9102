//! Writes that the database refused. If the row would be outside of those that the caller may write, the answer reports
//! that and not the conflict: a unique value or a reference would reveal rows that they may not see.

use std::sync::PoisonError;

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};

use crate::actor::Actor;
use crate::context::access::build;
use crate::context::outcome::sql_state;
use crate::error::{Error, Result, catalogue};
use crate::resource::{Assignments, FieldValue, null_of};
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::plan::WritePlan;
use crate::service::write::step::{Action, fields_of};
use crate::spec::Operation;

/// The most rows of one statement.
const ROWS: usize = 100;

/// The reason for which a write is answered: the error, unless the row would be outside of those that the actor may
/// write.
pub(super) async fn hide(engine: &Engine, error: WriteError, plan: &WritePlan<'_>) -> WriteError {
    // PostgreSQL answers nothing more in a transaction in which a statement failed.
    if !engine.connection.is_pool() {
        return error;
    }
    match &plan.action {
        Action::Insert(rows) if is_hideable(engine, &error, &plan.action.fields()) => {
            let rows = || rows.iter().map(|row| new_row(engine, row)).collect();
            reason(engine, plan.operation, error, rows).await
        }
        Action::Update { id, values } if is_hideable(engine, &error, &plan.action.fields()) => {
            reason(engine, plan.operation, error, || vec![changed_row(engine, id, values)]).await
        }
        // The update within the transaction has been answered already.
        Action::Merge { id, values } => match &error {
            WriteError::Refused(answer)
                if answer.is(&catalogue::CONFLICT) || answer.is(&catalogue::INVALID_REFERENCE) =>
            {
                let mut values = values.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if !engine.needs_recheck(&fields_of(&values)) {
                    return error;
                }
                engine.json_to_text(&mut values);
                match all_allowed(engine, Operation::Patch, vec![changed_row(engine, id, &values)]).await {
                    Ok(false) => WriteError::OutsidePolicy(None),
                    Ok(true) | Err(_) => error,
                }
            }
            _ => error,
        },
        _ => error,
    }
}

/// Whether the error reveals something about rows, and the row may be outside of those that the actor may write.
fn is_hideable(engine: &Engine, error: &WriteError, written: &[usize]) -> bool {
    let (WriteError::Database(error) | WriteError::Commit(error)) = error else { return false };
    is_about_rows(error) && engine.needs_recheck(written)
}

async fn reason(
    engine: &Engine,
    operation: Operation,
    error: WriteError,
    rows: impl Fn() -> Vec<SelectStatement>,
) -> WriteError {
    match all_allowed(engine, operation, rows()).await {
        Ok(false) => {}
        // Without an answer of the database the error stays as it was.
        Ok(true) | Err(_) => return error,
    }
    let owner = Engine { actor: Actor::System, ..engine.clone() };
    let through = engine.owned.as_ref().is_some_and(|owned| owned.own_field().is_none());
    match through && !all_allowed(&owner, operation, rows()).await.unwrap_or(true) {
        true => WriteError::ForeignReference,
        false => WriteError::OutsidePolicy(None),
    }
}

/// Whether the actor may touch all of these rows, as they would be, with this operation.
async fn all_allowed(engine: &Engine, operation: Operation, rows: Vec<SelectStatement>) -> Result<bool> {
    for rows in rows.chunks(ROWS) {
        let Some((first, others)) = rows.split_first() else { continue };
        let mut all = first.clone();
        all.unions(others.iter().map(|row| (UnionType::All, row.clone())));
        let mut select = Query::select();
        // Under the name of the table, which the conditions use.
        select
            .expr(Expr::cust("COUNT(*)"))
            .from_subquery(all, Alias::new(engine.spec().table))
            .cond_where(engine.condition(operation));
        let found = engine.connection.one(build(engine.backend(), &select)).await.map_err(Error::internal)?;
        let count: Option<i64> = found.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::internal)?;
        if count.and_then(|count| usize::try_from(count).ok()) != Some(rows.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A row that is not in the table, as a query.
fn new_row(engine: &Engine, row: &Assignments) -> SelectStatement {
    let mut select = Query::select();
    for (index, field) in engine.spec().fields.iter().enumerate() {
        let given = row.iter().find(|(at, _)| *at == index).map(|(_, value)| engine.bound(index, value));
        let value = given.unwrap_or_else(|| Expr::val(null_of(&field.ty.kind)));
        select.expr_as(value, Alias::new(field.column));
    }
    select
}

/// A row as it would be with these values, as a query.
fn changed_row(engine: &Engine, id: &FieldValue, values: &Assignments) -> SelectStatement {
    let table = Alias::new(engine.spec().table);
    let mut select = Query::select();
    for (index, field) in engine.spec().fields.iter().enumerate() {
        let column = Alias::new(field.column);
        match values.iter().find(|(at, _)| *at == index) {
            Some((_, value)) => select.expr_as(engine.bound(index, value), column),
            None => select.column((table.clone(), column)),
        };
    }
    let of_row = Expr::col((table.clone(), Alias::new(engine.spec().id_field().column)));
    select.from(table).and_where(of_row.eq(Expr::val(id.clone())));
    select
}

/// Whether the database refused a row for what it or others hold: SQLSTATE class 23 and what triggers raise;
/// SQLITE_CONSTRAINT with its extended codes.
fn is_about_rows(error: &DbErr) -> bool {
    sql_state(error).is_some_and(|state| match state.parse::<u32>() {
        Ok(code) if state.len() < 5 => code & 0xff == 19,
        _ => state.starts_with("23") || state == "P0001",
    })
}

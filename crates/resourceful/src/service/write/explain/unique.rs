//! Values that must be unique and are taken.

use std::collections::HashSet;

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use crate::context::access::build;
use crate::context::db_error::TAKEN;
use crate::context::outcome::sqlx_error;
use crate::error::{Error, FieldError, catalogue, codes};
use crate::resource::{self, Assignments, BULK_MAX, FieldValue, null_of};
use crate::schema::constraint_name;
use crate::service::engine::Engine;
use crate::service::write::plan::WritePlan;
use crate::spec::{FieldRole, Operation, ResourceSpec};

/// The most items of a bulk that are compared with the rows of the table: as many as a request holds.
const ROWS: usize = BULK_MAX;

/// The constraint that a write violates, where the database names it.
pub(super) fn constraint(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.constraint().map(str::to_owned)
}

fn message(error: &DbErr) -> String {
    let message = |error: &sqlx::Error| Some(error.as_database_error()?.message().to_owned());
    sqlx_error(error).and_then(message).unwrap_or_default()
}

/// 409, naming the fields whose value is taken.
pub(super) async fn taken(engine: &Engine, error: &DbErr, plan: &WritePlan<'_>) -> Error {
    let (spec, message, constraint) = (engine.spec(), message(error), constraint(error));
    let is_bulk = plan.operation == Operation::BulkCreate;
    if let Some(columns) = taken_together(spec, &message, constraint.as_deref()) {
        return Error::new(&catalogue::CONFLICT, TAKEN).with_errors(errors_together(spec, &columns, is_bulk));
    }
    let is_taken = |column: &str, is_id: bool| match &constraint {
        Some(constraint) => {
            *constraint == constraint_name("uq", spec.table, column)
                || (is_id && *constraint == format!("{}_pkey", spec.table))
        }
        // SQLite names the columns: "UNIQUE constraint failed: users.email".
        None => message
            .split([',', ' '])
            .any(|word| word.strip_prefix(spec.table).and_then(|rest| rest.strip_prefix('.')) == Some(column)),
    };
    let mut errors = Vec::new();
    for field in spec.readable().filter(|field| is_taken(field.column, field.role == FieldRole::Id)) {
        let json = field.json;
        if !is_bulk {
            errors.push(FieldError::at(format!("/{json}"), codes::UNIQUE, "is taken by another row"));
            continue;
        }
        let places = taken_places(engine, field.index, plan.action.rows()).await;
        if places.is_empty() {
            let message = format!("`{json}` of one item is taken by another item or another row");
            errors.push(FieldError::at("", codes::UNIQUE, message));
        }
        let message = "is taken by another item or another row";
        errors.extend(places.iter().map(|place| FieldError::at(format!("/{place}/{json}"), codes::UNIQUE, message)));
    }
    Error::new(&catalogue::CONFLICT, TAKEN).with_errors(errors)
}

/// The columns that are unique together, when it is their constraint that was violated.
fn taken_together(spec: &ResourceSpec, message: &str, constraint: Option<&str>) -> Option<Vec<&'static str>> {
    spec.unique_columns().find(|columns| match constraint {
        Some(constraint) => constraint == constraint_name("uq", spec.table, &columns.join("_")),
        // SQLite names the columns: "UNIQUE constraint failed: user_roles.user_id, user_roles.role_id".
        None => {
            let named: Vec<String> = columns.iter().map(|column| format!("{}.{column}", spec.table)).collect();
            message.ends_with(&format!(": {}", named.join(", ")))
        }
    })
}

fn errors_together(spec: &'static ResourceSpec, columns: &[&str], is_bulk: bool) -> Vec<FieldError> {
    let fields = spec.readable().filter(|field| columns.contains(&field.column));
    let names: Vec<&str> = fields.map(|field| field.json).collect();
    if is_bulk {
        let message = format!("{} of one item are taken together by another item or another row", quoted_list(&names));
        return vec![FieldError::at("", codes::UNIQUE, message)];
    }
    let others = |name: &str| names.iter().copied().filter(|other| *other != name).collect::<Vec<_>>();
    let error = |name: &str| {
        let message = match others(name).as_slice() {
            [] => "is taken by another row".to_owned(),
            others => format!("is taken by another row together with {}", quoted_list(others)),
        };
        FieldError::at(format!("/{name}"), codes::UNIQUE, message)
    };
    names.iter().map(|name| error(name)).collect()
}

fn quoted_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// The items of a bulk whose value of this field is that of an earlier item or of a row. The database does not report
/// which items they are, so another query finds them. Empty where that is not possible.
async fn taken_places(engine: &Engine, index: usize, rows: &[Assignments]) -> Vec<usize> {
    let field = &engine.spec().fields[index];
    let null = null_of(&field.ty.kind);
    let value = |row: &Assignments| row.iter().find(|(at, _)| *at == index).map(|(_, value)| value.clone());
    let values: Vec<(usize, FieldValue)> = rows
        .iter()
        .enumerate()
        .filter_map(|(place, row)| Some((place, value(row)?)))
        .filter(|(_, value)| *value != null)
        .collect();
    let mut seen = HashSet::new();
    let mut places: Vec<usize> =
        values.iter().filter(|(_, value)| !seen.insert(format!("{value:?}"))).map(|(place, _)| *place).collect();
    // PostgreSQL answers nothing more in a transaction in which a statement failed.
    if !places.is_empty() || !engine.connection.is_pool() || values.len() > ROWS {
        return places;
    }
    let mut select = Query::select();
    let column = Alias::new(field.column);
    let among = Expr::col(column.clone()).is_in(values.iter().map(|(_, value)| Expr::val(value.clone())));
    select.column(column).from(Alias::new(engine.spec().table)).and_where(among);
    let rows = engine.connection.all(build(engine.backend(), &select)).await.unwrap_or_default();
    let found: Vec<FieldValue> = rows.iter().filter_map(|row| resource::read(&field.ty, row, 0).ok()).collect();
    places.extend(values.iter().filter(|(_, value)| found.contains(value)).map(|(place, _)| *place));
    places
}

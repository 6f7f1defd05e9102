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
use crate::spec::{Operation, ResourceSpec};

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

/// What PostgreSQL adds to a message: `Key (email)=(ada@example.com) already exists.`
#[cfg(feature = "postgres")]
fn detail(error: &DbErr) -> Option<&str> {
    sqlx_error(error)?.as_database_error()?.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?.detail()
}

#[cfg(not(feature = "postgres"))]
fn detail(_: &DbErr) -> Option<&str> {
    None
}

/// 409, naming the fields whose value is taken.
pub(super) async fn taken(engine: &Engine, error: &DbErr, plan: &WritePlan<'_>) -> Error {
    let spec = engine.spec();
    let columns = taken_columns(spec, error);
    let is_bulk = plan.operation == Operation::BulkCreate;
    if columns.len() > 1 {
        return Error::new(&catalogue::CONFLICT, TAKEN).with_errors(errors_together(spec, &columns, is_bulk));
    }
    let mut errors = Vec::new();
    for field in spec.readable().filter(|field| columns.contains(&field.column)) {
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

/// The columns whose values are taken, whoever made and named the constraint or the index.
fn taken_columns(spec: &ResourceSpec, error: &DbErr) -> Vec<&'static str> {
    let of_detail = detail(error).map(|detail| columns_of_key(spec, detail)).unwrap_or_default();
    if !of_detail.is_empty() {
        return of_detail;
    }
    match constraint(error) {
        // Without the right to see the columns there is no detail.
        Some(constraint) => columns_of_constraint(spec, &constraint),
        None => columns_of_message(spec, &message(error)),
    }
}

/// The columns of `Key (lower(email), "Kind")=(ada@example.com, 1) already exists.`, in whichever language: those of the
/// constraint, and those in the expressions of an index.
fn columns_of_key(spec: &ResourceSpec, detail: &str) -> Vec<&'static str> {
    let key = detail.split_once('(').and_then(|(_, rest)| rest.split_once(")=("));
    let names = key.map(|(key, _)| names_in(key)).unwrap_or_default();
    spec.fields.iter().map(|field| field.column).filter(|column| names.iter().any(|name| name == column)).collect()
}

/// The names in a list of columns and expressions that can be columns: no texts, no functions, no types of casts.
fn names_in(key: &str) -> Vec<String> {
    let is_part = |letter: char| letter == '_' || letter == '$' || letter.is_alphanumeric();
    let mut names = Vec::new();
    let mut rest = key;
    while let Some(start) = rest.find(|letter: char| is_part(letter) || matches!(letter, '"' | '\'')) {
        let is_type = rest[..start].ends_with("::");
        rest = &rest[start..];
        let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''));
        let name = match mark {
            Some(mark) => quoted(&rest[1..], mark),
            None => &rest[..rest.find(|letter| !is_part(letter)).unwrap_or(rest.len())],
        };
        // With both quotation marks.
        let length = name.len() + if mark.is_some() { 2 } else { 0 };
        rest = rest.get(length..).unwrap_or_default();
        if mark != Some('\'') && !is_type && !rest.starts_with('(') {
            names.push(if mark.is_some() { name.replace("\"\"", "\"") } else { name.to_owned() });
        }
    }
    names
}

/// What is before the next quotation mark; one that is written twice is part of it.
fn quoted(text: &str, mark: char) -> &str {
    let mut end = 0;
    while let Some(found) = text[end..].find(mark) {
        end += found;
        if !text[end + 1..].starts_with(mark) {
            return &text[..end];
        }
        end += 2;
    }
    text
}

/// The columns of a constraint with a name that the tables of development give.
fn columns_of_constraint(spec: &ResourceSpec, constraint: &str) -> Vec<&'static str> {
    let is_of = |columns: &[&str]| constraint == constraint_name("uq", spec.table, &columns.join("_"));
    if let Some(columns) = spec.unique_columns().find(|columns| is_of(columns)) {
        return columns;
    }
    let is_id = |column: &str| column == spec.id_field().column && constraint == format!("{}_pkey", spec.table);
    let columns = spec.fields.iter().map(|field| field.column);
    columns.filter(|column| is_of(&[*column]) || is_id(column)).collect()
}

/// The columns of SQLite's message: "UNIQUE constraint failed: user_roles.user_id, user_roles.role_id".
fn columns_of_message(spec: &ResourceSpec, message: &str) -> Vec<&'static str> {
    let of_table = |word: &str| Some(word.strip_prefix(spec.table)?.strip_prefix('.')?.to_owned());
    let named: Vec<String> = message.split([',', ' ']).filter_map(of_table).collect();
    spec.fields.iter().map(|field| field.column).filter(|column| named.iter().any(|name| name == column)).collect()
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

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn names_of_columns_in_a_key() {
        let table: &[(&str, &[&str])] = &[
            ("email", &["email"]),
            ("user_id, role_id", &["user_id", "role_id"]),
            (r#""userId", "a ""b"", c""#, &["userId", r#"a "b", c"#]),
            ("lower(email)", &["email"]),
            ("lower(email::text), date_trunc('day'::text, seen_at)", &["email", "seen_at"]),
            ("(data ->> 'it''s a key'::text)", &["data"]),
            ("größe", &["größe"]),
            (r#""open"#, &["open"]),
            (r#"a, ""#, &["a", ""]),
            ("", &[]),
            ("((1))", &["1"]),
        ];
        for (key, names) in table {
            assert_eq!(names_in(key), *names, "{key}");
        }
    }
}

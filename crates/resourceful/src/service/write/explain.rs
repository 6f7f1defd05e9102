//! What the database's failures mean to the caller. Not a word of the database leaves here.

mod too_long;

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use super::engine::Engine;
use super::refusal::{self, Refusal};
use crate::context::Failure;
use crate::context::connection::{build, is_collision, is_lost_on_the_way, is_too_deep, sql_state, sqlx_error};
use crate::context::stale::close_if_stale;
use crate::error::{Error, FieldError, catalogue};
use crate::resource::{self, Assignments, BULK_MAX, FieldValue, null_of};
use crate::schema::constraint_name;
use crate::spec::{FieldRole, RelationKind, ResourceSpec};

/// What was being written when it failed.
pub(super) enum Write<'a> {
    Insert(&'a Assignments),
    Bulk(&'a [Assignments]),
    Update(&'a Assignments),
    Delete,
}

impl Write<'_> {
    /// The rows, each with what stands before its fields in a pointer.
    fn rows(&self) -> impl Iterator<Item = (String, &Assignments)> {
        let (bulk, rows) = match self {
            Self::Insert(row) | Self::Update(row) => (false, std::slice::from_ref(*row)),
            Self::Bulk(rows) => (true, *rows),
            Self::Delete => (false, &[][..]),
        };
        rows.iter().enumerate().map(move |(place, row)| (if bulk { format!("/{place}") } else { String::new() }, row))
    }
}

/// A failed read.
pub(crate) fn read(error: DbErr) -> Error {
    // Nothing can have happened, even when the answer was lost.
    let lost = is_lost_on_the_way(&error).then(busy);
    let meaning = lost.or_else(|| unavailable(&error)).unwrap_or_else(|| Error::internal("a read failed"));
    meaning.with_source(error)
}

/// A transaction of typed code that did not happen, or may not have.
pub(super) fn transaction(failure: Failure<Error>) -> Error {
    match failure {
        Failure::Work { error, collided: true } => error.with_collision(),
        Failure::Work { error, .. } => error,
        Failure::Database(error) => read(error),
        Failure::Commit(error) if is_unknown(&error) => unknown(error),
        Failure::Commit(error) => Error::from(error),
    }
}

/// What SeaORM says in an application's own code, as an answer: 404 for a row that was not found, 409 for a unique value
/// that is taken, a reference that does not hold or another contradiction, 422 for a value that the database refuses and
/// for an error that a trigger raises, 503 when the database is away or too busy. Where the connection broke and the
/// statement may have been executed it is 503 `commit-unknown`; within a transaction nothing has happened then.
///
/// ```
/// # use resourceful::prelude::*;
/// # use resourceful::sea_orm::EntityTrait;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Project { pub id: Uuid, pub name: String }
/// # async fn run(ctx: &Context) -> Result<()> {
/// ctx.transaction(async |tx| {
///     let projects: Vec<Project> = project::Entity::find().all(&tx).await?;
///     // ..
///     # drop(projects);
///     Ok(())
/// })
/// .await
/// # }
/// # fn main() {}
/// ```
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        close_if_stale(&error);
        if is_lost_on_the_way(&error) {
            return unknown(error);
        }
        let meaning = match refusal::of(&error) {
            Some(Refusal::Taken) => Self::new(&catalogue::CONFLICT, TAKEN),
            Some(Refusal::Reference) => Self::new(&catalogue::CONFLICT, REFERENCE),
            Some(other) => refused(other),
            None if matches!(error, DbErr::RecordNotFound(_)) => Self::not_found(),
            None => unavailable(&error).unwrap_or_else(|| Self::internal("a statement failed")),
        };
        meaning.with_source(error)
    }
}

const TAKEN: &str = "Another row has the same value where each must have its own";
const REFERENCE: &str = "A value refers to a row that does not exist, or other rows still refer to this one";
const REFERRED: &str = "Other rows still refer to this one; delete or change them first";
const TOO_DEEP: &str =
    "Too many rows would go with this one, each because of the one before; delete some of them first";

/// The answer where no field can be named.
fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Taken => Error::new(&catalogue::CONFLICT, TAKEN),
        Refusal::Reference => Error::new(&catalogue::CONFLICT, REFERENCE),
        Refusal::Conflict => Error::new(&catalogue::CONFLICT, "The write contradicts other rows, which keep it out"),
        Refusal::Value => Error::new(&catalogue::VALIDATION_ERROR, "The database refuses one of the values"),
        Refusal::Rule => {
            Error::new(&catalogue::VALIDATION_ERROR, "A rule of the database does not allow this; nothing was changed")
        }
        Refusal::Forbidden => {
            Error::new(&catalogue::FORBIDDEN, "A rule of the database does not allow this row to be written")
        }
    }
}

/// A failed write.
pub(super) async fn write(engine: &Engine, error: DbErr, write: Write<'_>) -> Error {
    // Within a transaction nothing has happened yet; alone, the statement may have been done before the line broke.
    if is_lost_on_the_way(&error) && engine.connection.is_pool() {
        return unknown(error);
    }
    let meaning = match refusal::of(&error) {
        Some(Refusal::Taken) => taken(engine, &database_message(&error), database_constraint(&error), &write).await,
        Some(Refusal::Reference) => match write {
            Write::Delete => Error::new(&catalogue::CONFLICT, REFERRED),
            _ => missing_references(engine, &write).await,
        },
        Some(Refusal::Value) if sql_state(&error).as_deref() == Some("54000") => {
            too_long::explain(engine, database_constraint(&error).as_deref(), &write)
        }
        // `ON DELETE SET NULL` and `SET DEFAULT`, where rows that refer to this one may not do without it.
        Some(Refusal::Value)
            if matches!(write, Write::Delete)
                && !refusal::is_raised(&error)
                && matches!(sql_state(&error).as_deref(), Some("23502" | "23514" | "275" | "1299")) =>
        {
            Error::new(&catalogue::CONFLICT, REFERRED)
        }
        Some(other) => refused(other),
        None if is_too_deep(&error) && matches!(write, Write::Delete) => too_deep(),
        None => unavailable(&error).unwrap_or_else(|| Error::internal("a write failed")),
    };
    meaning.with_source(error)
}

/// 409 for a row with which more would go than the database can follow.
pub(super) fn too_deep() -> Error {
    Error::new(&catalogue::CONFLICT, TOO_DEEP)
}

/// A COMMIT that failed: a refusal of the database is a failed write; a connection that broke says nothing.
pub(super) async fn commit(engine: &Engine, error: DbErr, what: Write<'_>) -> Error {
    if is_unknown(&error) { unknown(error) } else { write(engine, error, what).await }
}

/// Whether a COMMIT that failed so may have been done all the same.
fn is_unknown(error: &DbErr) -> bool {
    match sql_state(error).as_deref() {
        None => true,
        // transaction_resolution_unknown and its kin; a server that was told to stop
        Some(state) => state.starts_with("08") || state.starts_with("57P"),
    }
}

/// 503 `commit-unknown`.
pub(super) fn unknown(error: DbErr) -> Error {
    Error::new(&catalogue::COMMIT_UNKNOWN, "The write may or may not have happened; look before you repeat it")
        .with_source(error)
}

/// 503 where the database is busy, full or away.
fn unavailable(error: &DbErr) -> Option<Error> {
    if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = error {
        return Some(busy());
    }
    if is_collision(error) {
        return Some(busy().with_collision());
    }
    if let Some(state) = sql_state(error) {
        return match state.as_str() {
            // PostgreSQL's statement_timeout, SQLITE_INTERRUPT
            "57014" | "9" => Some(retry(&catalogue::TIMEOUT, "The database took longer than allowed")),
            // idle_in_transaction_session_timeout, a server that only reads, SQLITE_FULL
            "25P03" | "25006" | "13" => Some(busy()),
            state
                if state.len() == 5
                    && (state.starts_with("08") || state.starts_with("53") || state.starts_with("57P")) =>
            {
                Some(busy())
            }
            _ => None,
        };
    }
    match sqlx_error(error)? {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => Some(busy()),
        _ => None,
    }
}

fn busy() -> Error {
    retry(&catalogue::UNAVAILABLE, "The database is too busy or cannot be reached; try again in a moment")
}

fn retry(problem: &'static crate::error::Problem, detail: &'static str) -> Error {
    Error::new(problem, detail).with_retry_after(Duration::from_secs(1))
}

fn database_message(error: &DbErr) -> String {
    let message = |error: &sqlx::Error| Some(error.as_database_error()?.message().to_owned());
    sqlx_error(error).and_then(message).unwrap_or_default()
}

fn database_constraint(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.constraint().map(str::to_owned)
}

/// 409, naming the fields of ours whose value is taken.
async fn taken(engine: &Engine, message: &str, constraint: Option<String>, write: &Write<'_>) -> Error {
    let spec = engine.spec();
    if let Some(columns) = taken_together(spec, message, constraint.as_deref()) {
        return Error::new(&catalogue::CONFLICT, TAKEN).with_errors(errors_together(spec, &columns, write));
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
    let fields = spec
        .fields
        .iter()
        .enumerate()
        .filter(|(index, field)| spec.is_readable(*index) && is_taken(field.column, field.role == FieldRole::Id));
    let mut errors = Vec::new();
    for (index, field) in fields {
        let json = field.json;
        let Write::Bulk(rows) = write else {
            errors.push(FieldError::at(format!("/{json}"), "unique", "is taken by another row"));
            continue;
        };
        let places = taken_places(engine, index, rows).await;
        if places.is_empty() {
            let message = format!("`{json}` of one item is taken by another item or another row");
            errors.push(FieldError::at("", "unique", message));
        }
        let message = "is taken by another item or another row";
        errors.extend(places.iter().map(|place| FieldError::at(format!("/{place}/{json}"), "unique", message)));
    }
    Error::new(&catalogue::CONFLICT, TAKEN).with_errors(errors)
}

/// The columns that are unique only together, when it is that rule which was broken.
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

fn errors_together(spec: &ResourceSpec, columns: &[&str], write: &Write<'_>) -> Vec<FieldError> {
    let fields = spec.fields.iter().enumerate().filter(|(_, field)| columns.contains(&field.column));
    let names: Vec<&str> = fields.filter(|(index, _)| spec.is_readable(*index)).map(|(_, field)| field.json).collect();
    if let Write::Bulk(_) = write {
        let message = format!("{} of one item are taken together by another item or another row", quoted_list(&names));
        return vec![FieldError::at("", "unique", message)];
    }
    let others = |name: &str| names.iter().copied().filter(|other| *other != name).collect::<Vec<_>>();
    let error = |name: &str| {
        let message = match others(name).as_slice() {
            [] => "is taken by another row".to_owned(),
            others => format!("is taken by another row together with {}", quoted_list(others)),
        };
        FieldError::at(format!("/{name}"), "unique", message)
    };
    names.iter().map(|name| error(name)).collect()
}

fn quoted_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// The items of a bulk whose value of this field an earlier item or a row has already. The database does not say which
/// it was, so it is asked again. Empty where that cannot be found out.
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
    // What was refused in an open transaction of PostgreSQL is all that it answers.
    if !places.is_empty() || !engine.connection.is_pool() || values.len() > MOST_LOOKED_AT {
        return places;
    }
    let mut look = Query::select();
    let column = Alias::new(field.column);
    let among = Expr::col(column.clone()).is_in(values.iter().map(|(_, value)| Expr::val(value.clone())));
    look.column(column).from(Alias::new(engine.spec().table)).and_where(among);
    let rows = engine.connection.all(build(engine.backend(), &look)).await.unwrap_or_default();
    let there: Vec<FieldValue> = rows.iter().filter_map(|row| resource::read(&field.ty, row, 0).ok()).collect();
    places.extend(values.iter().filter(|(_, value)| there.contains(value)).map(|(place, _)| *place));
    places
}

/// The most items of a bulk that are looked at: as many as a request holds.
const MOST_LOOKED_AT: usize = BULK_MAX;

/// 422, naming the references that lead nowhere.
async fn missing_references(engine: &Engine, write: &Write<'_>) -> Error {
    let spec = engine.spec();
    let owner = spec.own_owner_field().map(|(index, _)| index);
    let mut errors = Vec::new();
    for relation in spec.relations {
        let RelationKind::BelongsTo { field, .. } = relation.kind else { continue };
        let Some((index, field)) = spec.field(field) else { continue };
        for (prefix, row) in write.rows() {
            let Some((_, value)) = row.iter().find(|(at, _)| *at == index) else { continue };
            if *value == null_of(&field.ty.kind) || !spec.is_readable(index) {
                continue;
            }
            let target = (relation.target)();
            let mut look = Query::select();
            let id = Expr::col(Alias::new(target.id_field().column));
            look.expr(Expr::val(1)).from(Alias::new(target.table)).and_where(id.eq(Expr::val(value.clone())));
            if !matches!(engine.connection.one(build(engine.backend(), &look)).await, Ok(None)) {
                continue;
            }
            if owner == Some(index) {
                tracing::warn!(
                    resource = spec.type_name,
                    "a caller has no row of his own to own others with; App::provision makes one"
                );
                let message = format!("is you, and you have no row in {} yet", target.path);
                errors.push(FieldError::at(format!("{prefix}/{}", field.json), "reference", message));
            } else {
                errors.push(dangling(&prefix, field.json, target));
            }
        }
    }
    invalid_reference(errors)
}

/// 422 for a row that would belong to somebody else through one of its references: the same answer as for a reference
/// that leads nowhere, so that nobody learns which rows exist.
pub(super) fn foreign_reference(engine: &Engine, write: Write<'_>) -> Error {
    let spec = engine.spec();
    let through = spec.owner.and_then(|owner| owner.path.first().copied()).and_then(|name| spec.relation(name));
    let mut errors = Vec::new();
    if let Some(relation) = through
        && let RelationKind::BelongsTo { field, .. } = relation.kind
        && let Some((_, field)) = spec.field(field)
    {
        errors.extend(write.rows().map(|(prefix, _)| dangling(&prefix, field.json, (relation.target)())));
    }
    invalid_reference(errors)
}

pub(super) fn dangling(prefix: &str, json: &str, target: &ResourceSpec) -> FieldError {
    FieldError::at(
        format!("{prefix}/{json}"),
        "reference",
        format!("refers to a row of {} that does not exist", target.path),
    )
}

pub(super) fn invalid_reference(errors: Vec<FieldError>) -> Error {
    Error::new(&catalogue::INVALID_REFERENCE, "A value refers to a row that does not exist").with_errors(errors)
}

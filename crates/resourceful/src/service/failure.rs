//! What the database's failures mean to the caller. Not a word of the database leaves here.

use std::time::Duration;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::engine::Engine;
use crate::context::connection::build;
use crate::error::{Error, FieldError, catalogue};
use crate::resource::{Assignments, null_of};
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
pub(super) fn read(error: DbErr) -> Error {
    unavailable(&error).unwrap_or(Error::internal("a read failed")).with_source(error)
}

/// A failed write.
pub(super) async fn write(engine: &Engine, error: DbErr, write: Write<'_>) -> Error {
    // Within a transaction nothing has happened yet; alone, the statement may have been done before the line broke.
    if is_lost_on_the_way(&error) && engine.connection.is_pool() {
        return unknown(error);
    }
    let meaning = match violation(&error) {
        Some(SqlErr::UniqueConstraintViolation(message)) => {
            taken(engine.spec(), &message, database_constraint(&error), &write)
        }
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => match write {
            Write::Delete => {
                Error::new(&catalogue::CONFLICT, "Other rows still refer to this one; delete or change them first")
            }
            _ => missing_references(engine, &write).await,
        },
        _ => match sql_state(&error).as_deref() {
            // not null, check, text too long, number, date or text out of range, U+0000
            Some(
                "23502" | "23514" | "22001" | "22003" | "22007" | "22008" | "22P02" | "22021" | "22P05" | "275"
                | "1299",
            ) => Error::new(&catalogue::VALIDATION_ERROR, "The database refuses one of the values"),
            _ => unavailable(&error).unwrap_or(Error::internal("a write failed")),
        },
    };
    meaning.with_source(error)
}

/// SeaORM knows the usual codes; `ON DELETE RESTRICT` has its own on both databases.
fn violation(error: &DbErr) -> Option<SqlErr> {
    let restricted = || matches!(sql_state(error).as_deref(), Some("23001" | "1811"));
    error.sql_err().or_else(|| restricted().then(|| SqlErr::ForeignKeyConstraintViolation(String::new())))
}

/// A COMMIT that failed: a refusal of the database is a failed write; a connection that broke says nothing.
pub(super) async fn commit(engine: &Engine, error: DbErr, what: Write<'_>) -> Error {
    match sql_state(&error).as_deref() {
        // PostgreSQL itself does not know (transaction_resolution_unknown).
        None | Some("08007") => unknown(error),
        Some(_) => write(engine, error, what).await,
    }
}

/// 503 `commit-unknown`.
pub(super) fn unknown(error: DbErr) -> Error {
    Error::new(&catalogue::COMMIT_UNKNOWN, "The write may or may not have happened; look before you repeat it")
        .with_source(error)
}

/// The statement was sent, perhaps, and no answer came: not a failure to get a connection, which has its own errors.
fn is_lost_on_the_way(error: &DbErr) -> bool {
    let sent = matches!(error, DbErr::Exec(_) | DbErr::Query(_));
    sent && matches!(
        sqlx_error(error),
        Some(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed)
    )
}

/// 503 where the database is busy, full or away.
fn unavailable(error: &DbErr) -> Option<Error> {
    let retry =
        |problem, detail: &'static str| Some(Error::new(problem, detail).with_retry_after(Duration::from_secs(1)));
    let busy = "The database is too busy or cannot be reached; try again in a moment";
    if let DbErr::ConnectionAcquire(_) | DbErr::Conn(_) = error {
        return retry(&catalogue::UNAVAILABLE, busy);
    }
    if let Some(state) = sql_state(error) {
        return match state.as_str() {
            // PostgreSQL's statement_timeout
            "57014" => retry(&catalogue::TIMEOUT, "The database took longer than allowed"),
            // serialization failure, deadlock; SQLITE_BUSY and SQLITE_LOCKED with their extended codes, SQLITE_FULL
            "40001" | "40P01" | "55P03" | "5" | "6" | "13" | "261" | "517" | "262" => {
                retry(&catalogue::UNAVAILABLE, busy)
            }
            state
                if state.len() == 5
                    && (state.starts_with("08") || state.starts_with("53") || state.starts_with("57P")) =>
            {
                retry(&catalogue::UNAVAILABLE, busy)
            }
            _ => None,
        };
    }
    match sqlx_error(error)? {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_) => retry(&catalogue::UNAVAILABLE, busy),
        _ => None,
    }
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// PostgreSQL's SQLSTATE, SQLite's extended result code.
fn sql_state(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

fn database_constraint(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.constraint().map(str::to_owned)
}

/// 409, naming the fields of ours whose value is taken.
fn taken(spec: &'static ResourceSpec, message: &str, constraint: Option<String>, write: &Write<'_>) -> Error {
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
    let mistake = |json: &str| match write {
        // The database does not say which of the items it was.
        Write::Bulk(_) => {
            FieldError::at("", "unique", format!("`{json}` of one item is taken by another item or another row"))
        }
        _ => FieldError::at(format!("/{json}"), "unique", "is taken by another row"),
    };
    let fields = spec
        .fields
        .iter()
        .enumerate()
        .filter(|(index, field)| spec.is_readable(*index) && is_taken(field.column, field.role == FieldRole::Id));
    let errors: Vec<FieldError> = fields.map(|(_, field)| mistake(field.json)).collect();
    Error::new(&catalogue::CONFLICT, "Another row has the same value where each must have its own").with_errors(errors)
}

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

fn dangling(prefix: &str, json: &str, target: &ResourceSpec) -> FieldError {
    FieldError::at(
        format!("{prefix}/{json}"),
        "reference",
        format!("refers to a row of {} that does not exist", target.path),
    )
}

fn invalid_reference(errors: Vec<FieldError>) -> Error {
    Error::new(&catalogue::INVALID_REFERENCE, "A value refers to a row that does not exist").with_errors(errors)
}

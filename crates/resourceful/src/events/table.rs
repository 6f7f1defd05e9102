//! The table of the outbox. Its statements are text, so that the migration does not change when code changes.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::context::access::BuiltStatement;
use crate::context::{Connection, Context, db_error};
use crate::error::Result;
use crate::schema::{Check, CheckRule, Column, Index, Table};

/// The name of the table.
pub(crate) const TABLE: &str = "resourceful_outbox";

/// The statements that create the table and its indexes, if they do not exist. One index is for the messages that are
/// due, the other for those that are kept for a while. `label` says what a message is, for people; `unended` counts the
/// attempts in a row that have never come to an end, `trace` is the `traceparent` of what stored the message.
pub(super) fn create(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Sqlite => SQLITE,
        _ => POSTGRES,
    }
}

const SQLITE: &[&str] = &[
    r#"CREATE TABLE IF NOT EXISTS "resourceful_outbox" (
    "id" blob NOT NULL PRIMARY KEY,
    "kind" text NOT NULL,
    "payload" text NOT NULL,
    "label" text,
    "state" text NOT NULL CHECK ("state" IN ('waiting', 'sent', 'failed')),
    "attempts" integer NOT NULL,
    "unended" integer NOT NULL DEFAULT 0,
    "created_at" text NOT NULL,
    "due_at" text NOT NULL,
    "expires_at" text NOT NULL,
    "ended_at" text,
    "lease" blob,
    "last_error" text,
    "trace" text
)"#,
    DUE,
    ENDED,
];

const POSTGRES: &[&str] = &[
    r#"CREATE TABLE IF NOT EXISTS "resourceful_outbox" (
    "id" uuid NOT NULL PRIMARY KEY,
    "kind" text NOT NULL,
    "payload" text NOT NULL,
    "label" text,
    "state" text NOT NULL CHECK ("state" IN ('waiting', 'sent', 'failed')),
    "attempts" integer NOT NULL,
    "unended" integer NOT NULL DEFAULT 0,
    "created_at" timestamptz NOT NULL,
    "due_at" timestamptz NOT NULL,
    "expires_at" timestamptz NOT NULL,
    "ended_at" timestamptz,
    "lease" uuid,
    "last_error" text,
    "trace" text
)"#,
    DUE,
    ENDED,
];

const DUE: &str = r#"CREATE INDEX IF NOT EXISTS "ix_resourceful_outbox_due" ON "resourceful_outbox" ("kind", "due_at") WHERE "state" = 'waiting'"#;
const ENDED: &str = r#"CREATE INDEX IF NOT EXISTS "ix_resourceful_outbox_ended" ON "resourceful_outbox" ("state", "ended_at") WHERE "ended_at" IS NOT NULL"#;

/// The table as data, with which a database is compared.
pub(crate) fn wanted(backend: DbBackend) -> Table {
    let is_sqlite = backend == DbBackend::Sqlite;
    let (id, time) = if is_sqlite { ("blob", "text") } else { ("uuid", "timestamptz") };
    let column = |name: &str, ty: &str, nullable: bool| Column {
        name: name.to_owned(),
        ty: ty.to_owned(),
        nullable,
        ..Column::default()
    };
    let unended = Column { default: Some("0".to_owned()), ..column("unended", "integer", false) };
    let index = |name: &str, columns: [&str; 2], condition: &str| Index {
        name: name.to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        condition: Some(condition.to_owned()),
        ..Index::default()
    };
    let values = ["waiting", "sent", "failed"].map(str::to_owned).to_vec();
    Table {
        name: TABLE.to_owned(),
        columns: vec![
            column("id", id, false),
            column("kind", "text", false),
            column("payload", "text", false),
            column("label", "text", true),
            column("state", "text", false),
            column("attempts", "integer", false),
            unended,
            column("created_at", time, false),
            column("due_at", time, false),
            column("expires_at", time, false),
            column("ended_at", time, true),
            column("lease", id, true),
            column("last_error", "text", true),
            column("trace", "text", true),
        ],
        primary_key: vec!["id".to_owned()],
        checks: vec![Check { name: None, rule: CheckRule::OneOf { column: "state".to_owned(), values } }],
        indexes: vec![
            index("ix_resourceful_outbox_due", ["kind", "due_at"], "\"state\" = 'waiting'"),
            index("ix_resourceful_outbox_ended", ["state", "ended_at"], "\"ended_at\" IS NOT NULL"),
        ],
        ..Table::default()
    }
}

/// Creates the table of the outbox if it does not exist, as development does. Applications with migrations use
#[cfg_attr(feature = "migrate", doc = "[`Migration`](super::Migration).")]
#[cfg_attr(not(feature = "migrate"), doc = "`Migration` (feature `migrate`).")]
///
/// # Errors
/// If the database refuses.
pub async fn create_missing(ctx: &Context) -> Result<()> {
    let on = Connection::Pool(ctx.clone());
    for statement in create(ctx.backend()) {
        on.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Whether the table exists.
///
/// # Errors
/// If the database cannot be read.
pub(crate) async fn is_there(ctx: &Context) -> Result<bool> {
    let sql = match ctx.backend() {
        DbBackend::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1",
        _ => "SELECT 1 WHERE to_regclass(quote_ident($1)) IS NOT NULL",
    };
    let query = Statement::from_sql_and_values(ctx.backend(), sql, [TABLE.into()]);
    let row = Connection::Pool(ctx.clone()).one(BuiltStatement::read(query)).await.map_err(db_error::read)?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    /// If this fails after a change of the table, add another migration; do not change the statements.
    #[test]
    fn the_statements_create_the_wanted_table() {
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let described = Schema { backend, tables: vec![wanted(backend)] }.statements();
            let created: Vec<String> = create(backend).iter().map(|text| text.replace(" IF NOT EXISTS", "")).collect();
            assert_eq!(created, described, "{backend:?}");
        }
    }
}

//! Creates the tables of a development database, and detects tables that are older than their structs.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::ddl::tables;
use crate::context::{Context, Failure, Tx};
use crate::error::{Error, Result};
use crate::spec::ResourceSpec;

/// Creates the tables that do not exist yet, and returns their names.
///
/// # Errors
/// When the database refuses.
pub async fn create_missing(ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<Vec<&'static str>> {
    // All or nothing, on both databases.
    let created = Tx::run(ctx, async |tx: Tx| create_missing_within(&tx, specs).await).await;
    created.map_err(|failure| match failure {
        Failure::Work { error, .. } => error,
        Failure::Database(error) | Failure::Commit(error) => Error::internal(error),
    })
}

async fn create_missing_within(tx: &Tx, specs: &[&'static ResourceSpec]) -> Result<Vec<&'static str>> {
    tx.ctx().lock_tables(tx).await.map_err(Error::internal)?;
    let existing = table_names(tx).await?;
    let missing: Vec<_> =
        tables(tx.get_database_backend(), specs).into_iter().filter(|table| !existing.contains(table.name)).collect();
    let creates = missing.iter().map(|table| &table.create);
    let late = missing.iter().flat_map(|table| &table.late_keys);
    let indexes = missing.iter().flat_map(|table| &table.indexes);
    for statement in creates.chain(late).chain(indexes) {
        tx.execute_unprepared(statement).await.map_err(Error::internal)?;
    }
    Ok(missing.iter().map(|table| table.name).collect())
}

/// The problems of the tables: one sentence for each table that is missing or lacks a column.
///
/// # Errors
/// When the database cannot be read.
pub async fn check_tables(db: &impl ConnectionTrait, specs: &[&'static ResourceSpec]) -> Result<Vec<String>> {
    let existing = table_names(db).await?;
    let mut complaints = Vec::new();
    for spec in specs {
        if !existing.contains(spec.table) {
            complaints.push(format!("there is no table `{}` for {}", spec.table, spec.type_name));
            continue;
        }
        let present = column_names(db, spec.table).await?;
        let absent: Vec<_> =
            spec.fields.iter().map(|field| field.column).filter(|column| !present.contains(*column)).collect();
        if !absent.is_empty() {
            complaints.push(format!("the table `{}` lacks {} of {}", spec.table, absent.join(", "), spec.type_name));
        }
    }
    Ok(complaints)
}

async fn table_names(db: &impl ConnectionTrait) -> Result<HashSet<String>> {
    names(
        db,
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = ANY (current_schemas(false))",
        None,
    )
    .await
}

async fn column_names(db: &impl ConnectionTrait, table: &str) -> Result<HashSet<String>> {
    names(
        db,
        "SELECT name FROM pragma_table_info(?)",
        "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = $1 AND table_schema = ANY (current_schemas(false))",
        Some(table),
    )
    .await
}

async fn names(
    db: &impl ConnectionTrait,
    sqlite: &str,
    postgres: &str,
    argument: Option<&str>,
) -> Result<HashSet<String>> {
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Sqlite { sqlite } else { postgres };
    let values = argument.map(|argument| argument.into());
    let rows = db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await.map_err(Error::internal)?;
    rows.iter().map(|row| row.try_get("", "name").map_err(Error::internal)).collect()
}

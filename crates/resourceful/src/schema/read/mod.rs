//! Reads the schema of a live database.

mod postgres;
mod sqlite;
mod sqlite_text;

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};

use super::model::Schema;
use crate::error::{Error, Result};

/// Reads the tables and views of a database: on PostgreSQL those of the schemas that the connection finds without a
/// schema's name.
///
/// # Errors
/// If the database cannot be read.
pub async fn read(db: &impl ConnectionTrait) -> Result<Schema> {
    let backend = db.get_database_backend();
    let mut tables = match backend {
        DbBackend::Sqlite => sqlite::tables(db).await?,
        _ => postgres::tables(db).await?,
    };
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Schema { backend, tables })
}

/// The names of all tables and views.
///
/// # Errors
/// If the database cannot be read.
pub(super) async fn names_of_tables(db: &impl ConnectionTrait) -> Result<HashSet<String>> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
        _ => {
            "SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND (SELECT nspname FROM \
             pg_namespace n WHERE n.oid = relnamespace) = ANY (current_schemas(false))"
        }
    };
    rows(db, sql, None).await?.iter().map(|row| get(row, "name")).collect()
}

async fn rows(db: &impl ConnectionTrait, sql: &str, value: Option<&str>) -> Result<Vec<QueryResult>> {
    let values = value.map(|value| value.into());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await.map_err(Error::internal)
}

fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T> {
    row.try_get("", column).map_err(Error::internal)
}

/// A list of names, as the database writes it in JSON; `None` where one of them is an expression.
fn names(row: &QueryResult, column: &str) -> Result<Option<Vec<String>>> {
    let text: Option<String> = get(row, column)?;
    let names = text.map(|text| serde_json::from_str::<Option<Vec<Option<String>>>>(&text)).transpose();
    Ok(names.map_err(Error::internal)?.flatten().and_then(|names| names.into_iter().collect()))
}

//! Reads rows one by one, and counts each before the next is read.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Row, ValueRef};

use super::budget::{Budget, Halted, Size};

pub(super) fn failed(error: sqlx::Error) -> Halted {
    Halted::Database(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}

/// SeaORM's error for a pool without a free connection.
pub(super) fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
    }
}

macro_rules! rows_of {
    ($name:ident, $connection:ty, $size:ident $(, $persistent:ident)?) => {
        /// Reads the rows of a statement until the budget is used up. A statement that is named is prepared once.
        pub(super) async fn $name(
            connection: &mut $connection,
            mut statement: Statement,
            budget: &Budget,
            $($persistent: bool,)?
        ) -> Result<Vec<QueryResult>, Halted> {
            let values = statement.values.take().unwrap_or_else(|| sea_orm::Values(Vec::new()));
            let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values));
            $(let query = query.persistent($persistent);)?
            let mut rows = query.fetch(connection);
            let mut all = Vec::new();
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                budget.take($size(&row))?;
                all.push(QueryResult::from(row));
            }
            Ok(all)
        }
    };
}

#[cfg(feature = "sqlite")]
rows_of!(sqlite, sqlx::sqlite::SqliteConnection, sqlite_size);
#[cfg(feature = "postgres")]
rows_of!(postgres, sqlx::postgres::PgConnection, postgres_size, is_named);

/// The length of text and blob values. Numbers are not counted: they are small, and reading their bytes would convert
/// them to text.
#[cfg(feature = "sqlite")]
fn sqlite_size(row: &sqlx::sqlite::SqliteRow) -> Size {
    use sqlx::{Decode, TypeInfo};
    let bytes = |at: usize| {
        let value = row.try_get_raw(at).ok()?;
        let is_long = matches!(value.type_info().name(), "TEXT" | "BLOB");
        is_long.then(|| <&[u8] as Decode<sqlx::Sqlite>>::decode(value).map_or(0, <[u8]>::len))
    };
    Size { bytes: (0..row.len()).map(|at| bytes(at).unwrap_or(8)).sum(), values: row.len() }
}

/// The bytes of a row of PostgreSQL; 0 for another row.
#[cfg(feature = "postgres")]
pub(crate) fn row_bytes(row: &QueryResult) -> usize {
    row.try_as_pg_row().map_or(0, |row| postgres_size(row).bytes)
}

#[cfg(feature = "postgres")]
fn postgres_size(row: &sqlx::postgres::PgRow) -> Size {
    let bytes = |at: usize| {
        let value = row.try_get_raw(at).ok()?;
        if value.is_null() { None } else { value.as_bytes().ok().map(<[u8]>::len) }
    };
    // All values of a row share its memory.
    Size { bytes: (0..row.len()).filter_map(bytes).sum(), values: 1 }
}

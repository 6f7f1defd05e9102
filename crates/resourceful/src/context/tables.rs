//! Finds out which optional generated columns the tables have.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbErr, Statement};

use super::access::BuiltStatement;
use super::{Connection, Context};

/// How long a result is cached: a migration may add or drop a column while the process runs.
const KEPT: Duration = Duration::from_secs(60);

/// A cache: generated columns, and whether they exist.
#[derive(Default)]
pub(super) struct Columns(Mutex<HashMap<&'static str, (Instant, bool)>>);

impl Context {
    /// Whether a table of PostgreSQL has this generated column. The result can be one minute old. Only one column for each
    /// table is cached.
    ///
    /// # Errors
    /// If the query fails.
    pub(crate) async fn has_column(&self, on: &Connection, table: &'static str, column: &str) -> Result<bool, DbErr> {
        let columns = || self.0.columns.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = columns().get(table).copied();
        if let Some((at, exists)) = known
            && at.elapsed() < KEPT
        {
            return Ok(exists);
        }
        let sql = "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(quote_ident($1)) AND attname = $2 AND \
                   attgenerated = 's' AND NOT attisdropped";
        let query = Statement::from_sql_and_values(self.backend(), sql, [table.into(), column.into()]);
        let exists = on.one(BuiltStatement::read(query)).await?.is_some();
        columns().insert(table, (Instant::now(), exists));
        Ok(exists)
    }
}

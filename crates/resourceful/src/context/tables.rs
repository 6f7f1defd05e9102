//! What the tables have that not all of their kind have.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbErr, Statement};

use super::access::BuiltStatement;
use super::{Connection, Context};

/// How long an answer counts: a migration may add a column while the process runs, or drop it.
const KEPT: Duration = Duration::from_secs(60);

/// Generated columns that were looked for, and whether they were there.
#[derive(Default)]
pub(super) struct Columns(Mutex<HashMap<&'static str, (Instant, bool)>>);

impl Context {
    /// Whether a table of PostgreSQL has this generated column, as far as was seen within the last minute. One column is
    /// asked for of each table.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(crate) async fn has_column(&self, on: &Connection, table: &'static str, column: &str) -> Result<bool, DbErr> {
        let columns = || self.0.columns.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = columns().get(table).copied();
        if let Some((at, there)) = known
            && at.elapsed() < KEPT
        {
            return Ok(there);
        }
        let sql = "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(quote_ident($1)) AND attname = $2 AND \
                   attgenerated = 's' AND NOT attisdropped";
        let ask = Statement::from_sql_and_values(self.backend(), sql, [table.into(), column.into()]);
        let there = on.one(BuiltStatement::read(ask)).await?.is_some();
        columns().insert(table, (Instant::now(), there));
        Ok(there)
    }
}

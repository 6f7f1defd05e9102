//! Statements that fail and keep the changes that they have made so far.
//!
//! On SQLite a trigger can say `RAISE(FAIL, ..)` and a constraint `ON CONFLICT FAIL`: the statement ends with an error,
//! and the rows that it has already written stay, unless a transaction around it is rolled back. Where a table has such a
//! rule, writes use transactions.

use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};

use crate::context::access::BuiltStatement;
use crate::context::db_error;
use crate::error::Result;
use crate::service::engine::Engine;

/// How long the answer is cached: migrations create triggers while the application runs.
const CACHED: Duration = Duration::from_secs(1);

const FIND: &str = "SELECT 1 FROM sqlite_master WHERE sql LIKE '%RAISE%(%FAIL%' OR sql LIKE '%CONFLICT%FAIL%' LIMIT 1";

impl Engine {
    /// Whether a statement alone does all of its work or nothing, so that it needs no transaction around it. All tables of
    /// the database are searched, because triggers and cascades lead from one table to others.
    pub(super) async fn is_statement_atomic(&self) -> Result<bool> {
        if self.backend() != DbBackend::Sqlite || !self.connection.is_pool() {
            return Ok(true);
        }
        if let Some(halfway) = self.ctx.halfway(|asked: Instant| asked.elapsed() < CACHED) {
            return Ok(!halfway);
        }
        let found = self.connection.one(BuiltStatement::read(Statement::from_string(DbBackend::Sqlite, FIND))).await;
        let halfway = found.map_err(db_error::read)?.is_some();
        self.ctx.set_halfway(halfway);
        Ok(!halfway)
    }
}

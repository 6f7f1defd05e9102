//! Statements that fail and keep what they have done so far.
//!
//! On SQLite a trigger can say `RAISE(FAIL, ..)` and a constraint `ON CONFLICT FAIL`: the statement ends with an error,
//! and the rows it has written by then stay, unless a transaction around it is rolled back. A table that somebody has
//! given such a rule is written in transactions.

use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};

use super::Engine;
use crate::error::Result;
use crate::service::failure;

/// How long the answer is believed: migrations make triggers while the application runs.
const BELIEVED: Duration = Duration::from_secs(1);

const LOOK: &str = "SELECT 1 FROM sqlite_master WHERE sql LIKE '%RAISE%(%FAIL%' OR sql LIKE '%CONFLICT%FAIL%' LIMIT 1";

impl Engine {
    /// Whether a statement needs no transaction around it, because it does all of its work or nothing. The database is
    /// asked about all of its tables: triggers and cascades lead from one to others.
    pub(super) async fn stands_alone(&self) -> Result<bool> {
        if self.backend() != DbBackend::Sqlite || !self.connection.is_pool() {
            return Ok(true);
        }
        if let Some(halfway) = self.ctx.halfway(|asked: Instant| asked.elapsed() < BELIEVED) {
            return Ok(!halfway);
        }
        let look = self.connection.one(Statement::from_string(DbBackend::Sqlite, LOOK)).await;
        let halfway = look.map_err(failure::read)?.is_some();
        self.ctx.set_halfway(halfway);
        Ok(!halfway)
    }
}

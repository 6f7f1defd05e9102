//! The program PgBouncer. Tests that need it start it themselves, each with its own settings.

use std::path::PathBuf;

use super::{Need, Provided};
use crate::Result;
use crate::workspace::find_program;

pub(crate) struct PgBouncer;

impl Need for PgBouncer {
    fn name(&self) -> &'static str {
        "PgBouncer"
    }

    fn variable(&self) -> &'static str {
        "TEST_PGBOUNCER"
    }

    fn example(&self) -> &'static str {
        "/usr/sbin/pgbouncer"
    }

    fn package(&self) -> &'static str {
        "pgbouncer"
    }

    /// `/usr/sbin` is not always in `PATH`.
    fn find(&self) -> Option<PathBuf> {
        let there = PathBuf::from(self.example());
        find_program(&["pgbouncer"]).or_else(|| there.is_file().then_some(there))
    }

    fn provide(&self, program: PathBuf) -> Result<Provided> {
        let value = program.to_str().ok_or("pgbouncer's path is not UTF-8")?.to_owned();
        Ok(Provided { value, server: None })
    }
}

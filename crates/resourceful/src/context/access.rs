//! Whether a statement reads or writes. On SQLite, which has a single writer, a write needs a permit.

use sea_orm::sea_query::{DeleteStatement, InsertStatement, SelectStatement, UpdateStatement};
use sea_orm::{DbBackend, Statement, StatementBuilder};

/// Whether a statement reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It changes nothing.
    Read,
    /// It may change something.
    Write,
}

/// A kind of statement whose access is known.
pub(crate) trait Kind: StatementBuilder {
    const ACCESS: Access;
}

impl Kind for SelectStatement {
    const ACCESS: Access = Access::Read;
}

impl Kind for InsertStatement {
    const ACCESS: Access = Access::Write;
}

impl Kind for UpdateStatement {
    const ACCESS: Access = Access::Write;
}

impl Kind for DeleteStatement {
    const ACCESS: Access = Access::Write;
}

/// A statement together with its access.
#[derive(Debug, Clone)]
pub(crate) struct BuiltStatement {
    pub(crate) statement: Statement,
    pub(super) access: Access,
}

impl BuiltStatement {
    /// A statement as text that only reads.
    pub(crate) fn read(statement: Statement) -> Self {
        Self { statement, access: Access::Read }
    }

    /// A statement of the application, of which only the text is known.
    pub(super) fn raw(statement: Statement) -> Self {
        Self { access: access_of_text(&statement.sql), statement }
    }
}

/// A statement for this database.
pub(crate) fn build(backend: DbBackend, statement: &impl Kind) -> BuiltStatement {
    BuiltStatement { statement: backend.build(statement), access: access_of(statement) }
}

fn access_of<K: Kind>(_: &K) -> Access {
    K::ACCESS
}

/// The access of a statement of which only the text is known: unless it begins with `SELECT`, it may write.
pub(super) fn access_of_text(sql: &str) -> Access {
    match sql.trim_start().get(..6) {
        Some(word) if word.eq_ignore_ascii_case("select") => Access::Read,
        _ => Access::Write,
    }
}

//! A database error as a cause, for the log and for reports.

use std::fmt;

use sea_orm::DbErr;

use crate::context::outcome::{sql_state, sqlx_error};

/// The message of the database, with PostgreSQL's code and the constraint that a statement violated. What its drivers know
/// besides can contain values of rows: `DETAIL: Key (email)=(ada@example.org) already exists`.
#[derive(Debug)]
pub(crate) struct Told(String);

impl From<DbErr> for Told {
    fn from(error: DbErr) -> Self {
        let mut text = error.to_string();
        // The message of SQLite has its code, which is a number.
        if let Some(code) = sql_state(&error).filter(|code| code.len() == 5) {
            let violated = sqlx_error(&error).and_then(sqlx::Error::as_database_error);
            let constraint = violated.and_then(|error| error.constraint());
            let constraint = constraint.map(|name| format!(", constraint {name}")).unwrap_or_default();
            text.push_str(&format!(" (code {code}{constraint})"));
        }
        Self(text)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

//! How much is in the outbox, for metrics.

use std::time::Duration;

use super::hub::Hub;
use super::records::age;
use super::store::Store;
use crate::context::{Connection, Context, db_error};
use crate::error::Result;

/// What is in the outbox of all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Messages that wait for their first or next attempt, or are being delivered.
    pub(crate) waiting: i64,
    /// Messages that were given up.
    pub(crate) failed: i64,
    /// The age of the oldest message that waits, since it was stored.
    pub(crate) oldest: Duration,
}

/// What is in the outbox; `None` if the application has none.
///
/// # Errors
/// 503 if the database is unavailable or too busy.
pub(crate) async fn backlog(ctx: &Context) -> Result<Option<Backlog>> {
    if !ctx.kept::<Hub>().is_on() {
        return Ok(None);
    }
    // Each has an index: messages that were delivered, most of all, are not looked at.
    let of = "FROM resourceful_outbox WHERE state =";
    let oldest = age(ctx.backend(), &format!("(SELECT MIN(created_at) {of} 'waiting')"));
    let sql = format!(
        "SELECT (SELECT COUNT(*) {of} 'waiting') AS waiting, \
         (SELECT COUNT(*) {of} 'failed' AND ended_at IS NOT NULL) AS failed, {oldest} AS age"
    );
    let rows = Store(Connection::Pool(ctx.clone())).rows(&sql, []).await.map_err(db_error::read)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let read = || {
        let age: Option<i64> = row.try_get("", "age")?;
        let oldest = Duration::from_millis(age.unwrap_or_default().max(0).unsigned_abs());
        Ok(Backlog { waiting: row.try_get("", "waiting")?, failed: row.try_get("", "failed")?, oldest })
    };
    read().map(Some).map_err(db_error::read)
}

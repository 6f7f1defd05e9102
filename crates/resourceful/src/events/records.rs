//! What is in the outbox, for people: how many messages wait, why some failed; trying them again, and removing them.

use std::time::Duration;

use sea_orm::{DbBackend, QueryResult};
use uuid::Uuid;

use super::hub::Hub;
use super::store::{Store, milliseconds};
use crate::context::{Connection, Context, db_error};
use crate::error::Result;

/// How many messages of a kind are in a state, and how old the oldest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// `waiting`, `sent` or `failed`.
    pub(crate) state: String,
    pub(crate) count: i64,
    /// The age of the oldest, since it was stored.
    pub(crate) oldest: Duration,
}

/// A message of which an attempt has failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) id: Uuid,
    pub(crate) state: String,
    pub(crate) attempts: i32,
    /// Since it was stored.
    pub(crate) age: Duration,
    /// What it is, if whoever stored it said so; for a mail, who gets it.
    pub(crate) label: String,
    /// Why the last attempt failed, with addresses shortened.
    pub(crate) reason: String,
}

/// The messages of one kind.
pub(crate) struct Records {
    ctx: Context,
    kind: String,
}

/// The condition for messages that no worker is delivering.
const FREE: &str = "(lease IS NULL OR due_at <= ";

impl Records {
    pub(crate) fn new(ctx: &Context, kind: impl Into<String>) -> Self {
        Self { ctx: ctx.clone(), kind: kind.into() }
    }

    fn store(&self) -> Store {
        Store(Connection::Pool(self.ctx.clone()))
    }

    /// How many messages are in each state.
    ///
    /// # Errors
    /// 503 if the database is unavailable or too busy.
    pub(crate) async fn summary(&self) -> Result<Vec<Summary>> {
        let sql = format!(
            "SELECT state, COUNT(*) AS count, {} AS age FROM resourceful_outbox WHERE kind = $1 GROUP BY state \
             ORDER BY state",
            age(self.ctx.backend(), "MIN(created_at)")
        );
        let rows = self.store().rows(&sql, [self.kind.as_str().into()]).await.map_err(db_error::read)?;
        let read = |row: &QueryResult| {
            Ok(Summary { state: row.try_get("", "state")?, count: row.try_get("", "count")?, oldest: age_of(row)? })
        };
        rows.iter().map(read).collect::<Result<_, sea_orm::DbErr>>().map_err(db_error::read)
    }

    /// How many messages of each other kind are in each state.
    ///
    /// # Errors
    /// 503 if the database is unavailable or too busy.
    pub(crate) async fn others(&self) -> Result<Vec<(String, String, i64)>> {
        let sql = "SELECT kind, state, COUNT(*) AS count FROM resourceful_outbox WHERE kind <> $1 \
                   GROUP BY kind, state ORDER BY kind, state LIMIT 100";
        let rows = self.store().rows(sql, [self.kind.as_str().into()]).await.map_err(db_error::read)?;
        let read =
            |row: &QueryResult| Ok((row.try_get("", "kind")?, row.try_get("", "state")?, row.try_get("", "count")?));
        rows.iter().map(read).collect::<Result<_, sea_orm::DbErr>>().map_err(db_error::read)
    }

    /// The newest messages of which the last attempt failed.
    ///
    /// # Errors
    /// 503 if the database is unavailable or too busy.
    pub(crate) async fn failures(&self, count: u32) -> Result<Vec<Failure>> {
        let sql = format!(
            "SELECT id, state, attempts, label, last_error, {} AS age FROM resourceful_outbox WHERE kind = $1 \
             AND last_error IS NOT NULL ORDER BY created_at DESC LIMIT $2",
            age(self.ctx.backend(), "created_at")
        );
        let rows = self.store().rows(&sql, [self.kind.as_str().into(), i64::from(count).into()]).await;
        let read = |row: &QueryResult| {
            Ok(Failure {
                id: row.try_get("", "id")?,
                state: row.try_get("", "state")?,
                attempts: row.try_get("", "attempts")?,
                age: age_of(row)?,
                label: row.try_get::<Option<String>>("", "label")?.unwrap_or_default(),
                reason: shortened(&row.try_get::<String>("", "last_error")?),
            })
        };
        rows.and_then(|rows| rows.iter().map(read).collect()).map_err(db_error::read)
    }

    /// Makes all failed messages wait for a new attempt, or the one with this id, also if it waits already. Returns how
    /// many there are.
    ///
    /// # Errors
    /// 503 if the database is unavailable or too busy.
    pub(crate) async fn retry(&self, id: Option<Uuid>, give_up: Duration) -> Result<u64> {
        let (now, later) = (self.store().clock(), self.store().after("$2"));
        let set = format!(
            "UPDATE resourceful_outbox SET state = 'waiting', attempts = 0, unended = 0, due_at = {now}, expires_at = {later}, \
             ended_at = NULL, lease = NULL WHERE kind = $1 AND "
        );
        let done = match id {
            None => {
                self.store()
                    .run(&format!("{set} state = 'failed'"), [self.kind.as_str().into(), milliseconds(give_up)])
                    .await
            }
            Some(id) => {
                let free = format!("{FREE}{})", self.store().now());
                let sql = format!("{set} id = $3 AND state IN ('failed', 'waiting') AND {free}");
                self.store().run(&sql, [self.kind.as_str().into(), milliseconds(give_up), id.into()]).await
            }
        }?;
        self.ctx.kept::<Hub>().wake(&self.kind);
        Ok(done)
    }

    /// Removes messages of these states that ended so long ago. Returns how many.
    ///
    /// # Errors
    /// 503 if the database is unavailable or too busy.
    pub(crate) async fn purge(&self, state: &str, older_than: Duration) -> Result<u64> {
        Ok(self.store().remove_all(&self.kind, state, older_than).await?)
    }
}

/// The age of a time, in milliseconds.
pub(super) fn age(backend: DbBackend, time: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!("CAST((julianday('now') - julianday({time})) * 86400000 AS integer)"),
        _ => format!("CAST(extract(epoch FROM clock_timestamp() - {time}) * 1000 AS bigint)"),
    }
}

fn age_of(row: &QueryResult) -> Result<Duration, sea_orm::DbErr> {
    let age: i64 = row.try_get("", "age")?;
    Ok(Duration::from_millis(age.max(0).unsigned_abs()))
}

/// A text in which addresses keep only their first character and their domain: `a..@example.org`. Logs and commands
/// need not say who got mail.
pub(crate) fn shortened(text: &str) -> String {
    let word = |word: &str| match word.rsplit_once('@') {
        Some((local, domain)) if !domain.is_empty() => {
            let start = local.find(|c: char| c.is_alphanumeric()).unwrap_or(0);
            let (before, name) = local.split_at(start);
            format!("{before}{}..@{domain}", name.chars().take(1).collect::<String>())
        }
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn addresses_are_shortened() {
        for (text, short) in [
            ("550 5.1.1 <ada.lovelace@example.org>: no such user", "550 5.1.1 <a..@example.org>: no such user"),
            ("ada@example.org, bob@example.com", "a..@example.org, b..@example.com"),
            ("no address @ all", "no address @ all"),
            ("@example.org \"x y\"@z", "..@example.org \"x y..@z"),
            ("connection refused", "connection refused"),
            ("ädä@example.org", "ä..@example.org"),
        ] {
            assert_eq!(shortened(text), short);
        }
    }
}

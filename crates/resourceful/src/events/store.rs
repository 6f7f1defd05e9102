//! The statements of the worker and of writers, for both databases.
//!
//! Times are those of the database, so that processes whose clocks differ agree about them. A message that is being
//! delivered has a lease: its id is in the row, and its end is the time at which the message is due again. Only who has
//! the lease may record an outcome.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::message::Undelivered;
use crate::context::Connection;
use crate::trace::{self, Trace};

/// A message that is to be stored.
pub(super) struct New<'a> {
    pub(super) id: Uuid,
    pub(super) kind: &'a str,
    /// What it is, for people.
    pub(super) label: Option<String>,
    /// For how long it is tried, if that is shorter than the settings say.
    pub(super) lifetime: Option<Duration>,
}

/// A message that a worker has for itself until its lease ends.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) attempts: u32,
    /// How many attempts before this one have never come to an end.
    pub(super) unended: u32,
    /// Whether it is time to give up.
    pub(super) is_expired: bool,
    pub(super) lease: Uuid,
    /// The trace of what stored it.
    pub(super) trace: Option<Trace>,
}

/// The outbox, as statements on this connection.
pub(super) struct Store(pub(super) Connection);

/// A lease of this many times its usual length: an attempt that never ended may have ended the process, and the next one
/// may do so too.
const LONGER: &str = "(1 << unended)";

impl Store {
    pub(super) async fn insert(&self, new: New<'_>, payload: String, give_up: Duration) -> Result<(), DbErr> {
        let (now, later) = (self.clock(), self.after("$5"));
        let sql = format!(
            "INSERT INTO resourceful_outbox \
             (id, kind, payload, label, state, attempts, created_at, due_at, expires_at, trace) \
             VALUES ($1, $2, $3, $4, 'waiting', 0, {now}, {now}, {later}, $6)"
        );
        let trace = trace::current().map(|trace| trace.to_string());
        let values =
            [new.id.into(), new.kind.into(), payload.into(), new.label.into(), milliseconds(give_up), trace.into()];
        self.run(&sql, values).await.map(drop)
    }

    /// Of these kinds, those of which a message is due. It only reads, so it does not take the turn of a writer.
    pub(super) async fn due(&self, kinds: &[&str]) -> Result<Vec<String>, DbErr> {
        let now = self.now();
        let each = (1..=kinds.len()).map(|number| {
            format!(
                "SELECT {number} AS number WHERE EXISTS (SELECT 1 FROM resourceful_outbox WHERE kind = ${number} AND \
                 state = 'waiting' AND due_at <= {now})"
            )
        });
        let sql = each.collect::<Vec<_>>().join(" UNION ALL ");
        let rows = self.rows(&sql, kinds.iter().map(|kind| (*kind).into())).await?;
        let kind_of = |row: &QueryResult| -> Result<String, DbErr> {
            let number = usize::try_from(row.try_get::<i32>("", "number")?).unwrap_or_default();
            Ok(kinds.get(number.wrapping_sub(1)).copied().unwrap_or_default().to_owned())
        };
        rows.iter().map(kind_of).collect()
    }

    /// Takes messages of this kind that are due, the oldest first, each with its payload, and counts the attempt. If the one
    /// before never ended, the lease is longer than it was then.
    pub(super) async fn claim(
        &self,
        kind: &str,
        count: usize,
        lease_time: Duration,
    ) -> Result<Vec<(Claimed, String)>, DbErr> {
        let now = self.now();
        // The condition sees the row as it was before.
        let unended = "CASE WHEN lease IS NULL THEN 0 ELSE unended + 1 END";
        let later = self.after(&format!("($2 * (1 << {unended}))"));
        let due = format!(
            "SELECT id FROM resourceful_outbox WHERE kind = $4 AND state = 'waiting' AND due_at <= {now} \
             ORDER BY due_at LIMIT $3"
        );
        let set = format!("SET lease = $1, attempts = attempts + 1, unended = {unended}, due_at = {later}");
        let what = format!(
            "resourceful_outbox.id AS id, payload, attempts, unended, trace, \
             CASE WHEN expires_at <= {now} THEN 1 ELSE 0 END AS is_expired"
        );
        let sql = match self.0.get_database_backend() {
            DbBackend::Sqlite => {
                format!("UPDATE resourceful_outbox {set} WHERE id IN ({due}) RETURNING {what}")
            }
            // Materialized: a plan could otherwise run the inner query more than once, and take more than it may.
            _ => format!(
                "WITH due AS MATERIALIZED ({due} FOR UPDATE SKIP LOCKED) \
                 UPDATE resourceful_outbox {set} FROM due WHERE resourceful_outbox.id = due.id RETURNING {what}"
            ),
        };
        let lease = Uuid::now_v7();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let rows = self.rows(&sql, [lease.into(), milliseconds(lease_time), count.into(), kind.into()]).await?;
        let claimed = rows.iter().map(|row| {
            let claimed = Claimed {
                id: row.try_get("", "id")?,
                kind: kind.to_owned(),
                attempts: row.try_get::<i32>("", "attempts")?.unsigned_abs(),
                unended: row.try_get::<i32>("", "unended")?.unsigned_abs(),
                is_expired: row.try_get::<i32>("", "is_expired")? == 1,
                lease,
                trace: row.try_get::<Option<String>>("", "trace")?.as_deref().and_then(Trace::parse),
            };
            Ok((claimed, row.try_get("", "payload")?))
        });
        claimed.collect()
    }

    /// Makes the lease begin again. False if it was lost.
    pub(super) async fn renew(&self, message: &Claimed, lease_time: Duration) -> Result<bool, DbErr> {
        let later = self.after(&format!("($3 * {LONGER})"));
        let sql = format!("UPDATE resourceful_outbox SET due_at = {later} WHERE id = $1 AND lease = $2");
        let values = [message.id.into(), message.lease.into(), milliseconds(lease_time)];
        Ok(self.run(&sql, values).await? > 0)
    }

    /// Records that a message was delivered, and forgets its content. False if the lease was lost.
    pub(super) async fn sent(&self, message: &Claimed) -> Result<bool, DbErr> {
        let sql = format!(
            "UPDATE resourceful_outbox SET state = 'sent', payload = '', label = NULL, last_error = NULL, lease = NULL, \
             ended_at = {} WHERE id = $1 AND lease = $2",
            self.clock()
        );
        Ok(self.run(&sql, [message.id.into(), message.lease.into()]).await? > 0)
    }

    /// Records that a message will never be delivered. False if the lease was lost.
    pub(super) async fn failed(&self, message: &Claimed, why: &Undelivered) -> Result<bool, DbErr> {
        let set = format!("state = 'failed', ended_at = {}", self.clock());
        self.undelivered(message, why, &set, None).await
    }

    /// Records that a message is tried again after this wait, or when it expires if that is earlier. An attempt that does
    /// not count is taken back. False if the lease was lost.
    pub(super) async fn later(
        &self,
        message: &Claimed,
        why: &Undelivered,
        wait: Duration,
        counts: bool,
    ) -> Result<bool, DbErr> {
        let least = if self.0.get_database_backend() == DbBackend::Sqlite { "MIN" } else { "LEAST" };
        let attempts = if counts { "attempts" } else { "attempts - 1" };
        let after = self.after("$4");
        // An expired message had its last attempt, unless it was no attempt.
        let due = format!("CASE WHEN expires_at <= {} THEN {after} ELSE {least}({after}, expires_at) END", self.now());
        let set = format!("attempts = {attempts}, due_at = {due}");
        self.undelivered(message, why, &set, Some(wait)).await
    }

    /// Records why an attempt failed. `set` can contain the wait as `$4`. The payload is written only if it changes: it can
    /// be large.
    async fn undelivered(
        &self,
        message: &Claimed,
        why: &Undelivered,
        set: &str,
        wait: Option<Duration>,
    ) -> Result<bool, DbErr> {
        let mut values: Vec<Value> = vec![message.id.into(), message.lease.into(), why.reason().into()];
        values.extend(wait.map(milliseconds));
        let payload = why.payload().map(|payload| {
            values.push(payload.into());
            format!(", payload = ${}", values.len())
        });
        let sql = format!(
            "UPDATE resourceful_outbox SET {set}, last_error = $3, lease = NULL{} WHERE id = $1 AND lease = $2",
            payload.unwrap_or_default()
        );
        Ok(self.run(&sql, values).await? > 0)
    }

    /// Gives messages back as if they had not been taken.
    pub(super) async fn release(&self, messages: &[(Uuid, Uuid)]) -> Result<(), DbErr> {
        let set = format!("attempts = attempts - 1, due_at = {}", self.clock());
        self.give_back(messages, &set).await
    }

    /// Gives messages back that may have arrived: they are tried again after this wait.
    pub(super) async fn release_later(&self, messages: &[(Uuid, Uuid)], wait: Duration) -> Result<(), DbErr> {
        let set = format!(
            "due_at = {}, last_error = 'the process ended before the answer came: it may have arrived'",
            self.after(&wait.as_millis().to_string())
        );
        self.give_back(messages, &set).await
    }

    async fn give_back(&self, messages: &[(Uuid, Uuid)], set: &str) -> Result<(), DbErr> {
        if messages.is_empty() {
            return Ok(());
        }
        let each: Vec<String> =
            (0..messages.len()).map(|at| format!("(id = ${} AND lease = ${})", 2 * at + 1, 2 * at + 2)).collect();
        let sql = format!("UPDATE resourceful_outbox SET lease = NULL, {set} WHERE {}", each.join(" OR "));
        let values = messages.iter().flat_map(|(id, lease)| [Value::from(*id), Value::from(*lease)]);
        self.run(&sql, values).await.map(drop)
    }

    pub(super) async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64, DbErr> {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        Ok(self.0.execute_raw(statement).await?.rows_affected())
    }

    pub(super) async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        self.0.query_all_raw(statement).await
    }

    /// Now, for conditions: the beginning of the statement. PostgreSQL finds rows by an index only if the time does not
    /// change during the statement.
    pub(super) fn now(&self) -> &'static str {
        match self.0.get_database_backend() {
            DbBackend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            _ => "statement_timestamp()",
        }
    }

    /// Now, for values: a transaction may have begun long ago.
    pub(super) fn clock(&self) -> &'static str {
        match self.0.get_database_backend() {
            DbBackend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            _ => "clock_timestamp()",
        }
    }

    /// So many milliseconds from now.
    pub(super) fn after(&self, milliseconds: &str) -> String {
        match self.0.get_database_backend() {
            DbBackend::Sqlite => {
                format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ({milliseconds} / 1000.0) || ' seconds')")
            }
            _ => {
                format!("clock_timestamp() + CAST({milliseconds} AS double precision) * interval '1 millisecond'")
            }
        }
    }

    /// So many milliseconds ago, for conditions.
    pub(super) fn before(&self, milliseconds: &str) -> String {
        match self.0.get_database_backend() {
            DbBackend::Sqlite => {
                format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (-{milliseconds} / 1000.0) || ' seconds')")
            }
            _ => {
                format!("statement_timestamp() - CAST({milliseconds} AS double precision) * interval '1 millisecond'")
            }
        }
    }
}

pub(super) fn milliseconds(time: Duration) -> Value {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX).into()
}

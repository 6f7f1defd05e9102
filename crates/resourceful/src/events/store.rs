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

/// A message that a worker has for itself until its lease ends.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) attempts: u32,
    /// Whether it is time to give up.
    pub(super) is_expired: bool,
    pub(super) lease: Uuid,
}

/// The outbox, as statements on this connection.
pub(super) struct Store(pub(super) Connection);

/// How many rows one statement removes: on SQLite other writers wait for it.
const SWEPT: u64 = 1000;

impl Store {
    pub(super) async fn insert(&self, id: Uuid, kind: &str, payload: String, give_up: Duration) -> Result<(), DbErr> {
        let (now, later) = (self.clock(), self.after("$4"));
        let sql = format!(
            "INSERT INTO resourceful_outbox (id, kind, payload, state, attempts, created_at, due_at, expires_at) \
             VALUES ($1, $2, $3, 'waiting', 0, {now}, {now}, {later})"
        );
        self.run(&sql, [id.into(), kind.into(), payload.into(), milliseconds(give_up)]).await.map(drop)
    }

    /// Whether a message is due. It only reads, so it does not take the turn of a writer.
    pub(super) async fn has_due(&self) -> Result<bool, DbErr> {
        let now = self.now();
        let sql = format!("SELECT 1 FROM resourceful_outbox WHERE state = 'waiting' AND due_at <= {now} LIMIT 1");
        Ok(!self.rows(&sql, []).await?.is_empty())
    }

    /// Takes messages that are due, the oldest first, and counts the attempt: a message that ends the process each time
    /// must not be tried for ever.
    pub(super) async fn claim(&self, count: usize, lease_time: Duration) -> Result<Vec<Claimed>, DbErr> {
        let (now, later) = (self.now(), self.after("$2"));
        let due = format!(
            "SELECT id FROM resourceful_outbox WHERE state = 'waiting' AND due_at <= {now} ORDER BY due_at LIMIT $3"
        );
        let set = format!("SET lease = $1, attempts = attempts + 1, due_at = {later}");
        let what = format!(
            "resourceful_outbox.id AS id, kind, payload, attempts, \
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
        let rows = self.rows(&sql, [lease.into(), milliseconds(lease_time), count.into()]).await?;
        let claimed = rows.iter().map(|row| {
            Ok(Claimed {
                id: row.try_get("", "id")?,
                kind: row.try_get("", "kind")?,
                payload: row.try_get("", "payload")?,
                attempts: row.try_get::<i32>("", "attempts")?.unsigned_abs(),
                is_expired: row.try_get::<i32>("", "is_expired")? == 1,
                lease,
            })
        });
        claimed.collect()
    }

    /// Records that a message was delivered, and forgets its content. False if the lease was lost.
    pub(super) async fn sent(&self, message: &Claimed) -> Result<bool, DbErr> {
        let sql = format!(
            "UPDATE resourceful_outbox SET state = 'sent', payload = '', last_error = NULL, lease = NULL, ended_at = {} \
             WHERE id = $1 AND lease = $2",
            self.clock()
        );
        Ok(self.run(&sql, [message.id.into(), message.lease.into()]).await? > 0)
    }

    /// Records that a message will never be delivered. False if the lease was lost.
    pub(super) async fn failed(&self, message: &Claimed, why: &Undelivered) -> Result<bool, DbErr> {
        let sql = format!(
            "UPDATE resourceful_outbox SET state = 'failed', payload = $3, last_error = $4, lease = NULL, ended_at = {} \
             WHERE id = $1 AND lease = $2",
            self.clock()
        );
        let payload = why.payload().unwrap_or(&message.payload);
        let values = [message.id.into(), message.lease.into(), payload.into(), why.reason().into()];
        Ok(self.run(&sql, values).await? > 0)
    }

    /// Records that a message is tried again after this wait. False if the lease was lost.
    pub(super) async fn later(&self, message: &Claimed, why: &Undelivered, wait: Duration) -> Result<bool, DbErr> {
        let sql = format!(
            "UPDATE resourceful_outbox SET payload = $3, last_error = $4, lease = NULL, due_at = {} \
             WHERE id = $1 AND lease = $2",
            self.after("$5")
        );
        let payload = why.payload().unwrap_or(&message.payload);
        let values = [message.id.into(), message.lease.into(), payload.into(), why.reason().into(), milliseconds(wait)];
        Ok(self.run(&sql, values).await? > 0)
    }

    /// Gives a message back as if it had not been taken.
    pub(super) async fn release(&self, message: &(Uuid, Uuid)) -> Result<bool, DbErr> {
        let sql = format!(
            "UPDATE resourceful_outbox SET lease = NULL, attempts = attempts - 1, due_at = {} \
             WHERE id = $1 AND lease = $2",
            self.clock()
        );
        Ok(self.run(&sql, [message.0.into(), message.1.into()]).await? > 0)
    }

    /// Removes messages that ended in this state before this time, in portions.
    pub(super) async fn sweep(&self, state: &str, kept: Duration) -> Result<(), DbErr> {
        let before = self.before("$2");
        let sql = format!(
            "DELETE FROM resourceful_outbox WHERE id IN (SELECT id FROM resourceful_outbox WHERE state = $1 \
             AND ended_at < {before} LIMIT {SWEPT})"
        );
        while self.run(&sql, [state.into(), milliseconds(kept)]).await? >= SWEPT {}
        Ok(())
    }

    pub(super) async fn run<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64, DbErr> {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        Ok(self.0.execute_raw(statement).await?.rows_affected())
    }

    pub(super) async fn rows<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Vec<QueryResult>, DbErr> {
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

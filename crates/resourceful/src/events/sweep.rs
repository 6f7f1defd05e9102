//! Removes messages whose time is over, in portions.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Value};

use super::settings::OutboxSettings;
use super::store::{Store, milliseconds};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// How many rows one statement changes: on SQLite other writers wait for it.
const PORTION: u64 = 1000;

/// The most kinds that are named in the log.
const NAMED: usize = 50;

/// What a worker does beside deliveries. Its failures are logged, and stop no delivery.
#[derive(Default)]
pub(super) struct Sweep {
    done: Option<Instant>,
    /// The kinds that the log names already.
    named: BTreeSet<String>,
}

impl Sweep {
    /// Changes one portion, if it is time. `known` are the kinds that this process can deliver now. Whether another portion
    /// is left to do.
    pub(super) async fn portion(&mut self, store: &Store, settings: &OutboxSettings, known: &[&str]) -> bool {
        if self.done.is_some_and(|at| at.elapsed() < EVERY) {
            return false;
        }
        match self.try_portion(store, settings, known).await {
            Ok(true) => true,
            Ok(false) => {
                self.done = Some(Instant::now());
                false
            }
            Err(error) => {
                tracing::warn!(%error, "messages of the outbox whose time is over cannot be removed now");
                self.done = Some(Instant::now());
                false
            }
        }
    }

    async fn try_portion(&mut self, store: &Store, settings: &OutboxSettings, known: &[&str]) -> Result<bool, DbErr> {
        let sent = store.remove(None, "sent", settings.keep_sent).await?;
        let failed = store.remove(None, "failed", settings.keep_failed).await?;
        let ended = store.end_expired(known).await?;
        Ok([sent, failed, ended].iter().any(|count| *count >= PORTION))
    }

    /// Says once of each kind that messages of it wait and that this process has no function for them.
    pub(super) async fn name_unknown(&mut self, store: &Store, registered: &[&str]) {
        if self.done.is_some_and(|at| at.elapsed() < EVERY) || self.named.len() >= NAMED {
            return;
        }
        for kind in store.other_kinds(registered).await.unwrap_or_default() {
            if self.named.insert(kind.clone()) {
                tracing::warn!(
                    kind,
                    "messages of this kind wait, and this process has no function for them (`App::deliver`); a process \
                     that has one delivers them"
                );
            }
        }
    }
}

/// The condition for messages of another kind than those of the first parameters.
fn is_other(kinds: usize) -> String {
    (1..=kinds).map(|number| format!(" AND kind <> ${number}")).collect()
}

impl Store {
    /// Removes a portion of the messages that ended in this state so long ago, of one kind or of all. Returns how many.
    async fn remove(&self, kind: Option<&str>, state: &str, kept: Duration) -> Result<u64, DbErr> {
        let of_kind = if kind.is_some() { "AND kind = $3 " } else { "" };
        let sql = format!(
            "DELETE FROM resourceful_outbox WHERE id IN (SELECT id FROM resourceful_outbox WHERE state = $1 \
             AND ended_at <= {} {of_kind}LIMIT {PORTION}{})",
            self.before("$2"),
            self.skipping()
        );
        let values = [Value::from(state), milliseconds(kept)].into_iter();
        self.run(&sql, values.chain(kind.map(Value::from))).await
    }

    /// Removes all messages of a kind that ended in this state so long ago, in portions.
    pub(super) async fn remove_all(&self, kind: &str, state: &str, kept: Duration) -> Result<u64, DbErr> {
        let mut all = 0;
        loop {
            let removed = self.remove(Some(kind), state, kept).await?;
            all += removed;
            if removed < PORTION {
                return Ok(all);
            }
        }
    }

    /// Makes failed ones of a portion of the messages that nobody here can deliver and whose time is over.
    async fn end_expired(&self, known: &[&str]) -> Result<u64, DbErr> {
        let now = self.now();
        let sql = format!(
            "UPDATE resourceful_outbox SET state = 'failed', lease = NULL, ended_at = {}, last_error = \
             COALESCE(last_error, 'no process could deliver messages of this kind in the time of OUTBOX_GIVE_UP') \
             WHERE id IN (SELECT id FROM resourceful_outbox WHERE state = 'waiting' AND due_at <= {now} \
             AND expires_at <= {now}{} LIMIT {PORTION}{})",
            self.clock(),
            is_other(known.len()),
            self.skipping()
        );
        self.run(&sql, known.iter().map(|kind| Value::from(*kind))).await
    }

    /// The kinds of waiting messages, without these.
    async fn other_kinds(&self, known: &[&str]) -> Result<Vec<String>, DbErr> {
        let sql = format!(
            "SELECT DISTINCT kind FROM resourceful_outbox WHERE state = 'waiting'{} LIMIT {NAMED}",
            is_other(known.len())
        );
        let rows = self.rows(&sql, known.iter().map(|kind| Value::from(*kind))).await?;
        rows.iter().map(|row: &QueryResult| row.try_get("", "kind")).collect()
    }

    /// On PostgreSQL: does not wait for rows that another process is changing.
    fn skipping(&self) -> &'static str {
        match self.0.get_database_backend() {
            DbBackend::Sqlite => "",
            _ => " FOR UPDATE SKIP LOCKED",
        }
    }
}

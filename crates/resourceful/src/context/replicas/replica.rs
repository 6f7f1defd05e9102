//! A replica: its connections, and what is known about it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbErr, QueryResult, RuntimeErr, Statement};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions, Connection, Row};
use tokio::sync::Notify;

use super::line::{Line, silent};
use super::lsn::Lsn;
use super::primary::{Identity, Primary};
use super::samples::Samples;
use crate::context::budget::{Budget, Halted};
use crate::context::database::{DatabaseSettings, LONGEST};
use crate::context::outcome::{is_outcome_unknown, sql_state};
use crate::context::pools::{Pools, shares};
use crate::context::stale::{is_stale, nanos};
use crate::context::state::Connections;
use crate::context::{Context, postgres, rows, usage};

/// How long a request waits for a connection to a replica. After that the primary answers.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a replica is left out after its connections have failed. It doubles with each failure that follows.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Within this time after an answer a replica is not asked again what it has replayed.
const ASKED: Duration = Duration::from_millis(5);

/// Everything about a replica that decides whether it is one of this primary, and is used.
const LOOK: &str = "\
SELECT pg_is_in_recovery(), (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, \
(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, current_database()::text, \
(SELECT system_identifier FROM pg_control_system()), \
GREATEST((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()), \
(SELECT received_tli FROM pg_stat_wal_receiver))::bigint";

/// What it has replayed, and which server says so.
const POSITION: &str = "\
SELECT pg_is_in_recovery(), (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, \
(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint";

/// What is known about the server.
#[derive(Default)]
struct Known {
    /// What it has replayed; 0 before it is known.
    replayed: AtomicU64,
    /// When it was started, which tells it from others; 0 before it is known.
    started: AtomicI64,
    /// Until when it is certain that it is not too far behind, in the unit of `stale`.
    good_until: AtomicU64,
    /// The statements that are running end when what is known turns out to be wrong.
    gone: Notify,
}

impl Known {
    /// What was known is wrong or may be: a server that was started again has replayed less for a while.
    fn forget(&self) {
        self.replayed.store(0, Ordering::Release);
        self.good_until.store(0, Ordering::Release);
        self.gone.notify_waiters();
    }
}

pub(super) struct Replica {
    /// Host and port, for the log and for metrics.
    pub(super) place: String,
    pools: Pools,
    line: Line,
    known: Arc<Known>,
    /// Which history of the primary it follows; 0 before it is known.
    timeline: AtomicU32,
    /// When it was last asked for its position, in the unit of `stale`.
    asked: AtomicU64,
    /// Until when it is left out, in the unit of `stale`.
    left_out_until: AtomicU64,
    /// Failures without a success since.
    failures: AtomicU32,
    /// Whether there was a first look.
    was_looked_at: AtomicBool,
    /// Why it is not used, as the log has it.
    problem: Mutex<Option<String>>,
    statement_limit: Option<Duration>,
}

impl Replica {
    /// A replica at this URL. No connection is opened yet.
    ///
    /// # Errors
    /// If the URL is not one of PostgreSQL.
    pub(super) fn new(url: &str, settings: &DatabaseSettings) -> sqlx::Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let options = postgres::session(options, settings).disable_statement_logging();
        // Also a server that was promoted is never written to.
        let options = options.options([("default_transaction_read_only", "on")]);
        let line = Line::new(options.clone());
        let limit = settings.statement_timeout.map(|limit| limit.min(LONGEST) * 9 / 10);
        let options = match limit {
            Some(limit) => options.options([("statement_timeout", limit.as_millis().max(1).to_string())]),
            None => options,
        };
        let known = Arc::new(Known::default());
        let shares = shares(settings.max_connections, settings.workers);
        let pools = shares.into_iter().map(|share| pool(&options, share, settings, &known)).collect();
        Ok(Self {
            place: format!("{}:{}", options.get_host(), options.get_port()),
            pools: Pools::new(pools, None),
            line,
            known,
            timeline: AtomicU32::new(0),
            asked: AtomicU64::new(0),
            left_out_until: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            was_looked_at: AtomicBool::new(false),
            problem: Mutex::default(),
            statement_limit: settings.statement_limit(),
        })
    }

    /// Whether it answers reads.
    pub(super) fn is_usable(&self) -> bool {
        let now = nanos(Instant::now());
        now < self.known.good_until.load(Ordering::Acquire) && now >= self.left_out_until.load(Ordering::Acquire)
    }

    /// Which history of the primary it follows.
    pub(super) fn timeline(&self) -> u32 {
        self.timeline.load(Ordering::Acquire)
    }

    /// Whether it is usable, or was not looked at yet.
    pub(super) fn is_up(&self) -> bool {
        self.is_usable() || !self.was_looked_at.load(Ordering::Relaxed)
    }

    /// What it has certainly replayed.
    pub(super) fn replayed(&self) -> Lsn {
        Lsn::new(self.known.replayed.load(Ordering::Acquire))
    }

    pub(super) fn connections(&self) -> Connections {
        self.pools.connections()
    }

    /// Whether a statement would have to wait for a connection.
    pub(super) fn is_busy(&self) -> bool {
        let Connections { used, most, .. } = self.connections();
        used >= most
    }

    /// Whether it has replayed this position, asked now unless it was asked a moment ago.
    pub(super) async fn has_now(&self, position: Lsn) -> bool {
        let now = nanos(Instant::now());
        let asked = self.asked.load(Ordering::Relaxed);
        let is_due = now.saturating_sub(asked) >= u64::try_from(ASKED.as_nanos()).unwrap_or(u64::MAX);
        // Of many who ask at the same time one does.
        if !is_due || self.asked.compare_exchange(asked, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return false;
        }
        let row = self.line.ask_shortly(POSITION).await;
        row.is_some_and(|row| self.note(&row).is_ok_and(|replayed| replayed >= position))
    }

    /// Asks what it is and what it has replayed, and decides with that whether it is used.
    pub(super) async fn look(&self, primary: &Primary, max_lag: Duration) {
        let found = self.find(primary, max_lag).await;
        self.was_looked_at.store(true, Ordering::Relaxed);
        match found {
            Ok(None) => self.known.good_until.store(0, Ordering::Release),
            Ok(Some(good_until)) => {
                self.known.good_until.store(nanos(good_until), Ordering::Release);
                if self.is_usable() {
                    self.note_problem(None);
                }
            }
            Err(problem) => {
                self.known.good_until.store(0, Ordering::Release);
                self.note_problem(Some(problem));
            }
        }
    }

    /// Until when it can be used without another look; `None` if it is not known yet how far it is behind.
    ///
    /// # Errors
    /// Why it cannot be used, as a part of a sentence.
    pub(super) async fn find(&self, primary: &Primary, max_lag: Duration) -> Result<Option<Instant>, String> {
        let row = self.line.ask(LOOK).await.map_err(|error| {
            self.known.forget();
            format!("cannot be asked: {error}")
        })?;
        let replayed = self.note(&row).inspect_err(|_| self.known.forget())?;
        let unreadable = |error: sqlx::Error| format!("does not say what it is: {error}");
        let own =
            Identity { database: row.try_get(3).map_err(unreadable)?, cluster: row.try_get(4).map_err(unreadable)? };
        let timeline =
            row.try_get::<Option<i64>, _>(5).map_err(unreadable)?.and_then(|number| u32::try_from(number).ok());
        self.timeline.store(timeline.unwrap_or_default(), Ordering::Release);
        let Some(identity) = primary.identity() else {
            return Err("cannot be compared with the primary, which does not respond".to_owned());
        };
        if own.cluster != identity.cluster {
            return Err("is a replica of another database server than that of DATABASE_URL".to_owned());
        }
        if own.database != identity.database {
            return Err(format!("has the database `{}`, and DATABASE_URL has `{}`", own.database, identity.database));
        }
        if self.timeline() < primary.timeline() {
            return Err(format!(
                "has not followed the last change of the primary yet (it is on timeline {}, the primary on {})",
                self.timeline(),
                primary.timeline()
            ));
        }
        match primary.samples.current_at(replayed) {
            Some(current) if current.elapsed() < max_lag => Ok(Some(current + max_lag)),
            None if !primary.samples.reach_back(max_lag) => Ok(None),
            _ => Err(format!("is more than {:.1} s behind", max_lag.as_secs_f32())),
        }
    }

    /// How far it is behind; `None` if that is not known, or more than the samples tell.
    pub(super) fn lag(&self, samples: &Samples) -> Option<Duration> {
        let replayed = self.replayed();
        (replayed > Lsn::NONE).then(|| samples.current_at(replayed).map(|current| current.elapsed())).flatten()
    }

    /// Notes what it has replayed.
    ///
    /// # Errors
    /// If it is not a replica.
    fn note(&self, row: &PgRow) -> Result<Lsn, String> {
        let (replayed, started) = position(row)?;
        self.known.started.store(started, Ordering::Release);
        self.known.replayed.store(replayed.number(), Ordering::Release);
        self.asked.store(nanos(Instant::now()), Ordering::Relaxed);
        Ok(replayed)
    }

    /// Says once in the log why it is not used, and once that it is again.
    fn note_problem(&self, problem: Option<String>) {
        let mut known = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*known, &problem) {
            (None, Some(why)) => {
                tracing::warn!(replica = %self.place, "the replica is not used, and the primary answers: it {why}");
            }
            (Some(_), None) => tracing::info!(replica = %self.place, "the replica is used again"),
            _ => {}
        }
        *known = problem;
    }

    /// Leaves it out for a while, and ends its other statements, because its connections fail.
    pub(super) fn fail(&self, error: &DbErr) {
        let now = Instant::now();
        if nanos(now) < self.left_out_until.load(Ordering::Acquire) {
            return;
        }
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).min(5);
        let pause = LONGEST_PAUSE.min(PAUSE * 2_u32.pow(failures));
        self.left_out_until.fetch_max(nanos(now + pause), Ordering::Release);
        self.known.forget();
        self.note_problem(Some(format!("failed: {error}")));
    }

    /// Runs a statement that reads.
    ///
    /// # Errors
    /// Whatever is wrong; a replica that is left out meanwhile has lost its connections.
    pub(super) async fn run(
        &self,
        ctx: &Context,
        statement: Statement,
        budget: Option<&Budget>,
    ) -> Result<Vec<QueryResult>, Halted> {
        let gone = self.known.gone.notified();
        if !self.is_usable() {
            return Err(lost());
        }
        let running = async {
            let mut held = self.pools.acquire().await.map_err(rows::not_acquired).map_err(Halted::Database)?;
            let _running = ctx.begin_statement(&statement);
            match budget {
                Some(budget) => held.all_within(statement, budget).await,
                None => held.all(statement).await.map_err(Halted::Database),
            }
        };
        let limit = self.statement_limit.unwrap_or(LONGEST);
        let done = tokio::select! {
            // An answer of the wrong server may arrive at the same time.
            biased;
            () = gone => Ok(Err(lost())),
            done = tokio::time::timeout(limit, usage::counted(running)) => done,
        };
        let done = done.unwrap_or_else(|_| Err(lost()));
        if done.is_ok() && self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.store(0, Ordering::Relaxed);
        }
        done
    }
}

/// Whether its connections have failed, and not only this statement.
pub(super) fn is_lost(error: &DbErr) -> bool {
    // A wait for a connection that takes too long means that it is busy.
    if matches!(error, DbErr::Conn(_)) || is_outcome_unknown(error) {
        return true;
    }
    let state = sql_state(error).unwrap_or_default();
    ["08", "53", "57P"].iter().any(|class| state.starts_with(class))
}

fn lost() -> Halted {
    Halted::Database(DbErr::Query(RuntimeErr::SqlxError(Arc::new(silent()))))
}

/// The position and the start of the server that says them.
fn position(row: &PgRow) -> Result<(Lsn, i64), String> {
    let unreadable = |error: sqlx::Error| format!("does not say what it has replayed: {error}");
    if !row.try_get::<bool, _>(0).map_err(unreadable)? {
        return Err("is not a replica: it was promoted, or DATABASE_READ_URL names a primary".to_owned());
    }
    let replayed =
        row.try_get::<Option<i64>, _>(1).map_err(unreadable)?.and_then(|replayed| u64::try_from(replayed).ok());
    let replayed = replayed.ok_or_else(|| "does not replay a write-ahead log".to_owned())?;
    Ok((Lsn::new(replayed), row.try_get(2).map_err(unreadable)?))
}

/// A part of the connections.
fn pool(options: &PgConnectOptions, share: u32, settings: &DatabaseSettings, known: &Arc<Known>) -> DatabaseConnection {
    let known = known.clone();
    let pool = PgPoolOptions::new()
        .max_connections(share)
        .acquire_timeout(settings.acquire_timeout.min(PATIENCE))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                // A connection that was idle may have failed.
                let is_good = meta.idle_for < Duration::from_secs(30) || connection.ping().await.is_ok();
                Ok(is_good && !is_stale(meta.age))
            })
        })
        .after_release(|_, meta| Box::pin(async move { Ok(!is_stale(meta.age)) }))
        .after_connect(move |connection, _| {
            let known = known.clone();
            Box::pin(async move { is_the_same(connection, &known).await })
        });
    pool.connect_lazy_with(options.clone()).into()
}

/// Checks a new connection: it must lead to the server whose position is known. A server that was started again can have replayed
/// less than before, and behind one address there can be several servers.
async fn is_the_same(connection: &mut PgConnection, known: &Known) -> sqlx::Result<()> {
    let replayed = Lsn::new(known.replayed.load(Ordering::Acquire));
    let row = sqlx::raw_sql(POSITION).fetch_one(connection).await?;
    let wrong = |why: String| sqlx::Error::Protocol(format!("it {why}"));
    let (position, started) = position(&row).map_err(wrong)?;
    if replayed == Lsn::NONE || started != known.started.load(Ordering::Acquire) || position < replayed {
        known.forget();
        return Err(wrong("was started again, or another server answers at its address".to_owned()));
    }
    Ok(())
}

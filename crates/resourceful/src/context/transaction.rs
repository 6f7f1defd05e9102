//! A transaction that several services share.
//!
//! sqlx 0.9 leaves a pooled connection inside an open transaction when the future that begins it is dropped
//! (transact-rs/sqlx#4393), which is what happens to a request whose client goes away: the next user of the connection
//! writes into a transaction that is never committed. So BEGIN and COMMIT run in tasks of their own, which are never
//! dropped, and only the work runs in the caller's future: a caller that goes away drops a complete transaction, and that
//! rolls back.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::RwLock;

#[cfg(feature = "sqlite")]
use super::lanes::Lease;
use super::outcome::{is_outcome_unknown, is_retryable, is_too_deep, sql_state};
use super::write_queue::Slot;
use super::{Context, stale};
use crate::error::Result;

/// A transaction that several services share: what [`Context::transaction`] hands to its closure.
///
/// Services join it by `projects.within(&tx)`, by `project::Service::as_system(&tx)` or by
/// `project::Service::as_user(&tx, user)`; SeaORM takes `&tx` as a connection.
///
/// Cloning is cheap. No clone may outlive the closure.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    ctx: Context,
    /// `None` once it is over.
    open: RwLock<Option<Open>>,
    /// A statement has failed, and PostgreSQL would not commit what went before it.
    failed: AtomicBool,
    /// A statement has failed because of another transaction, and may be repeated.
    retryable: AtomicBool,
    /// Hooks have run, which may have done more than write.
    hooked: Arc<AtomicBool>,
    /// A statement was given up before it ended, and SQLite has taken everything back.
    abandoned: AtomicBool,
    /// No answer has come to a statement, and none would come to a rollback.
    lost: AtomicBool,
    after_commit: Mutex<Vec<Job>>,
}

/// The transaction, and the right to write that it holds as long as it is open.
enum Open {
    /// On a connection of the pool.
    Pool { transaction: DatabaseTransaction, slot: Slot },
    /// On the connection that is held for it.
    #[cfg(feature = "sqlite")]
    Lane(tokio::sync::Mutex<Lease>),
}

type Job = Box<dyn FnOnce(Context) -> BoxFuture<'static, Result<()>> + Send>;

/// Why a transaction did not happen, or may not have.
pub(crate) enum Failure<E> {
    /// It was rolled back because its work failed, perhaps because of another transaction, so that it may be repeated.
    Work { error: E, retryable: bool },
    /// It never began, or could not be committed.
    Database(DbErr),
    /// COMMIT failed.
    Commit(DbErr),
}

impl Tx {
    /// What all parts of the application share.
    pub fn ctx(&self) -> &Context {
        &self.0.ctx
    }

    /// The transaction, for SeaORM queries of your own: `project::Entity::find().all(tx.db())`. `&tx` is the same.
    pub fn db(&self) -> &Self {
        self
    }

    /// Queues what must happen only once the transaction has been committed: mail, cache, events. Queued work runs in
    /// the order in which it was queued, before the caller is answered and also if they have gone away meanwhile. On
    /// rollback it is dropped. The write has happened whatever becomes of it, so its errors and panics are logged only.
    ///
    /// ```
    /// # use resourceful::prelude::*;
    /// # async fn notify(_: Uuid) {}
    /// # async fn run(ctx: Context, id: Uuid) -> Result<()> {
    /// ctx.transaction(async |tx| {
    ///     // .. writes ..
    ///     tx.after_commit(move |_ctx| async move {
    ///         notify(id).await;
    ///         Ok(())
    ///     });
    ///     Ok(())
    /// })
    /// .await
    /// # }
    /// ```
    pub fn after_commit<F, J>(&self, job: J)
    where
        J: FnOnce(Context) -> F + Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let job: Job = Box::new(move |ctx| job(ctx).boxed());
        self.0.after_commit.lock().unwrap_or_else(PoisonError::into_inner).push(job);
    }

    /// Sees to it that the transaction cannot be committed: half of something is in it.
    pub(crate) fn fail(&self) {
        self.0.failed.store(true, Ordering::Relaxed);
    }

    /// Whether hooks have run in it, also once it is over.
    pub(crate) fn hooked(&self) -> Arc<AtomicBool> {
        self.0.hooked.clone()
    }

    /// Runs `work` in a new transaction.
    pub(crate) async fn run<T, E, F, W>(ctx: &Context, work: W) -> Result<T, Failure<E>>
    where
        W: FnOnce(Self) -> F,
        F: Future<Output = Result<T, E>>,
    {
        let tx = Self::begin(ctx).await.map_err(Failure::Database)?;
        let done = ctx.within_transaction(work(tx.clone())).await;
        let value = match done {
            Ok(value) => value,
            Err(error) => {
                let retryable = tx.0.retryable.load(Ordering::Relaxed);
                tx.roll_back().await;
                return Err(Failure::Work { error, retryable });
            }
        };
        let wrong = if Arc::strong_count(&tx.0) > 1 {
            "a clone of the transaction, or a service of it, is still alive after its closure has returned: nothing \
             was committed. Do not return it or move it into a task"
        } else if tx.0.failed.load(Ordering::Relaxed) {
            "the closure of a transaction returned Ok although a write in it had failed: nothing was committed. Return \
             the error, or try in a transaction of its own what may fail"
        } else {
            tx.commit().await.map_err(Failure::Commit)?;
            return Ok(value);
        };
        tx.roll_back().await;
        Err(Failure::Database(DbErr::Custom(wrong.to_owned())))
    }

    async fn begin(ctx: &Context) -> Result<Self, DbErr> {
        let slot = ctx.acquire_write().await?;
        let db = ctx.db().clone();
        // SQLite's writers take their lock at once: one that has read first cannot wait for another without a deadlock.
        let immediate = db.get_database_backend() == DbBackend::Sqlite;
        let sqlite_transaction_mode = immediate.then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        let limits = ctx.clone();
        let begun = in_own_task(async move {
            #[cfg(feature = "sqlite")]
            let slot = match slot {
                Slot::Lane(mut lease) => {
                    lease.get_mut().begin().await?;
                    return Ok(Open::Lane(lease));
                }
                slot => slot,
            };
            // A BEGIN that is given up ends in a task of its own, and what it has begun is rolled back there.
            let begun = limits.in_time(in_own_task(async move { db.begin_with_options(options).await })).await;
            // Nothing has begun whose outcome could be unknown.
            let transaction = begun.map_err(|error| match error {
                DbErr::Exec(inner) | DbErr::Query(inner) => DbErr::Conn(inner),
                error => error,
            })?;
            Ok(Open::Pool { transaction, slot })
        });
        let inner = Inner {
            ctx: ctx.clone(),
            open: RwLock::new(Some(begun.await?)),
            failed: AtomicBool::new(false),
            retryable: AtomicBool::new(false),
            hooked: Arc::default(),
            abandoned: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            after_commit: Mutex::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    async fn commit(self) -> Result<(), DbErr> {
        let Some(open) = self.close().await else { return Err(over()) };
        let ctx = self.0.ctx.clone();
        let jobs = std::mem::take(&mut *self.0.after_commit.lock().unwrap_or_else(PoisonError::into_inner));
        in_own_task(async move {
            ctx.in_time(open.commit()).await?;
            for job in jobs {
                run_job(job, &ctx).await;
            }
            Ok(())
        })
        .await
    }

    /// Rolls back and waits for it, so that the next attempt meets no locks of this one.
    async fn roll_back(self) {
        let Some(open) = self.close().await else { return };
        // A connection that cannot roll back is closed, which rolls back as well.
        if self.0.lost.load(Ordering::Relaxed) {
            return;
        }
        let ctx = self.0.ctx.clone();
        let _ = in_own_task(async move {
            let rolled_back = async {
                open.roll_back().await;
                Ok(())
            };
            let _ = ctx.in_time(rolled_back).await;
            Ok(())
        })
        .await;
    }

    /// Takes the transaction away from all clones. `None` when a statement of one of them does not end; the last clone
    /// then rolls back.
    async fn close(&self) -> Option<Open> {
        let timeout = self.0.ctx.write_queue().acquire_timeout();
        tokio::time::timeout(timeout, self.0.open.write()).await.ok()?.take()
    }

    /// Begins a statement, unless an earlier one was given up.
    fn begin_statement(&self, open: &Open) -> Result<Unfinished<'_>, DbErr> {
        if self.0.abandoned.load(Ordering::Relaxed) {
            return Err(DbErr::Custom(
                "a statement of the transaction was given up before it ended (a timeout, or a branch of `select!`), and \
                 SQLite has taken the transaction back; return an error instead of going on"
                    .to_owned(),
            ));
        }
        #[cfg(feature = "sqlite")]
        if matches!(open, Open::Lane(_)) {
            return Ok(Unfinished(Some(&self.0)));
        }
        let _ = open;
        Ok(Unfinished(None))
    }

    /// Runs a statement that may be too deep; nothing of it has happened then, and the transaction is as good as before.
    pub(super) async fn try_execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let run = async |sql: &str| self.ctx().in_time(open.execute_unprepared(self.ctx(), sql)).await;
        // PostgreSQL gives the whole transaction up; SQLite leaves what it has done so far.
        self.noted("", run("SAVEPOINT resourceful_try").await, open).await?;
        let done = match self.ctx().in_time(open.execute(self.ctx(), statement)).await {
            Err(error) if is_too_deep(&error) => Err(error),
            done => Ok(self.noted("", done, open).await?),
        };
        let back = if done.is_err() { "ROLLBACK TO SAVEPOINT resourceful_try; " } else { "" };
        let released = run(&format!("{back}RELEASE SAVEPOINT resourceful_try")).await;
        self.noted("", released, open).await?;
        done
    }

    /// Remembers how a statement of the transaction went.
    async fn noted<T>(&self, sql: &str, done: Result<T, DbErr>, open: &Open) -> Result<T, DbErr> {
        match done {
            Ok(value) => {
                if sql.trim_start().get(..11).is_some_and(|words| words.eq_ignore_ascii_case("rollback to")) {
                    self.0.failed.store(false, Ordering::Relaxed);
                }
                Ok(value)
            }
            Err(error) => {
                self.fail();
                stale::close_if_stale(&error);
                if self.0.ctx.backend() == DbBackend::Sqlite && sql_state(&error).is_some() {
                    // `RAISE(ROLLBACK, ..)` of a trigger and `ON CONFLICT ROLLBACK` end SQLite's transaction, and the
                    // driver does not know: what follows would run alone. Within a transaction a savepoint
                    // changes nothing, without one it begins one, which is rolled back like the first.
                    let savepoint = open.execute_unprepared(self.ctx(), "SAVEPOINT resourceful_failed");
                    let _ = self.ctx().in_time(savepoint).await;
                }
                if is_retryable(&error) {
                    self.0.retryable.store(true, Ordering::Relaxed);
                }
                // Nothing of an open transaction has happened when its connection breaks.
                let lost = is_outcome_unknown(&error);
                if lost {
                    self.0.lost.store(true, Ordering::Relaxed);
                }
                Err(match error {
                    DbErr::Exec(inner) | DbErr::Query(inner) if lost => DbErr::Conn(inner),
                    error => error,
                })
            }
        }
    }
}

/// A statement that is running. An interrupted write ends the whole transaction of SQLite, and what followed would run
/// alone; so nothing follows.
struct Unfinished<'a>(Option<&'a Inner>);

impl Unfinished<'_> {
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(inner) = self.0 {
            inner.abandoned.store(true, Ordering::Relaxed);
            inner.failed.store(true, Ordering::Relaxed);
        }
    }
}

/// Runs one statement within the transaction.
macro_rules! on {
    ($open:expr, $ctx:expr, $on_pool:ident, $on_lane:ident($argument:expr)) => {
        match $open {
            Open::Pool { transaction, .. } => {
                let _ = $ctx;
                transaction.$on_pool($argument).await
            }
            #[cfg(feature = "sqlite")]
            Open::Lane(lease) => {
                $ctx.count_statement();
                lease.lock().await.$on_lane($argument).await
            }
        }
    };
}

impl Open {
    async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Pool { transaction, slot } => {
                transaction.commit().await?;
                drop(slot);
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Lane(lease) => lease.into_inner().commit().await,
        }
    }

    async fn roll_back(self) {
        match self {
            Self::Pool { transaction, slot } => {
                let _ = transaction.rollback().await;
                drop(slot);
            }
            #[cfg(feature = "sqlite")]
            Self::Lane(lease) => {
                let _ = lease.into_inner().roll_back().await;
            }
        }
    }

    async fn all(&self, ctx: &Context, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on!(self, ctx, query_all_raw, all(statement))
    }

    async fn one(&self, ctx: &Context, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on!(self, ctx, query_one_raw, one(statement))
    }

    async fn execute(&self, ctx: &Context, statement: Statement) -> Result<ExecResult, DbErr> {
        on!(self, ctx, execute_raw, execute(statement))
    }

    async fn execute_unprepared(&self, ctx: &Context, sql: &str) -> Result<ExecResult, DbErr> {
        on!(self, ctx, execute_unprepared, execute_unprepared(sql))
    }
}

/// Runs a future to its end, whatever becomes of the caller.
async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> Result<T, DbErr> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(panic) => Err(DbErr::Custom(format!("the transaction's task failed: {panic}"))),
    }
}

async fn run_job(job: Job, ctx: &Context) {
    let job = AssertUnwindSafe(async { job(ctx.clone()).await });
    match job.catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(?error, "work queued for after the commit failed; the write itself is committed")
        }
        Err(_) => tracing::error!("work queued for after the commit panicked; the write itself is committed"),
    }
}

fn over() -> DbErr {
    DbErr::Custom("the transaction is over: a clone of it, or a service of it, has outlived its closure".to_owned())
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.0.ctx.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let unfinished = self.begin_statement(open)?;
        let done = self.ctx().in_time(open.execute(self.ctx(), statement)).await;
        unfinished.end();
        self.noted("", done, open).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let unfinished = self.begin_statement(open)?;
        let done = self.ctx().in_time(open.execute_unprepared(self.ctx(), sql)).await;
        unfinished.end();
        self.noted(sql, done, open).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let unfinished = self.begin_statement(open)?;
        let done = self.ctx().in_time(open.one(self.ctx(), statement)).await;
        unfinished.end();
        self.noted("", done, open).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let unfinished = self.begin_statement(open)?;
        let done = self.ctx().in_time(open.all(self.ctx(), statement)).await;
        unfinished.end();
        self.noted("", done, open).await
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}

//! Transactions that several services share.
//!
//! sqlx 0.9 leaves a pooled connection inside an open transaction if the future that begins it is dropped
//! (transact-rs/sqlx#4393). That happens to a request whose client disconnects: the next user of the connection would
//! write into a transaction that is never committed. So BEGIN and COMMIT run in separate tasks, which are never dropped,
//! and only the work runs in the caller's future. If the caller's future is dropped, it drops a complete transaction,
//! which then rolls back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::RwLock;

use super::after::AfterCommit;
use super::changes::{Changing, Written};
#[cfg(feature = "postgres")]
use super::held::Held;
#[cfg(feature = "sqlite")]
use super::lanes::Lease;
use super::outcome::{is_outcome_unknown, is_retryable, is_too_deep, sql_state};
use super::work::in_own_task;
use super::write_queue::Slot;
use super::{Context, stale};
use crate::error::Result;

/// A transaction that several services share: the argument of the closure of [`Context::transaction`].
///
/// Services join it by `projects.within(&tx)`, by `project::Service::as_system(&tx)` or by
/// `project::Service::as_user(&tx, user)`; SeaORM takes `&tx` as a connection.
///
/// Cloning is cheap. No clone may outlive the closure.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    ctx: Context,
    /// `None` after the transaction has ended.
    open: RwLock<Option<Open>>,
    /// Whether a statement has failed. PostgreSQL would not commit the statements before it either.
    failed: AtomicBool,
    /// Whether a statement has failed because of another transaction, so that the transaction may be repeated.
    retryable: AtomicBool,
    /// Whether hooks have run. They may have had effects other than writes.
    hooked: Arc<AtomicBool>,
    /// Whether a statement was cancelled before it ended. SQLite has then rolled back the transaction.
    abandoned: AtomicBool,
    /// Whether the database did not respond to a statement. It would not respond to a rollback either.
    lost: AtomicBool,
    /// The tables that were written.
    written: Written,
    after_commit: AfterCommit,
}

/// The transaction, and the write permit that it holds while it is open.
enum Open {
    /// On a connection of the pool.
    Pool { transaction: DatabaseTransaction, slot: Slot },
    /// On a connection of PostgreSQL.
    #[cfg(feature = "postgres")]
    Held(tokio::sync::Mutex<Held>),
    /// On a connection that is reserved for it.
    #[cfg(feature = "sqlite")]
    Lane(tokio::sync::Mutex<Lease>),
}

/// Why a transaction was not committed, or may not have been committed.
pub(crate) enum Failure<E> {
    /// It was rolled back because its work failed, perhaps because of another transaction, so that it may be repeated.
    Work { error: E, retryable: bool },
    /// It did not begin, or could not be committed.
    Database(DbErr),
    /// COMMIT failed.
    Commit(DbErr),
}

impl Tx {
    /// What all parts of the application share.
    pub fn ctx(&self) -> &Context {
        &self.0.ctx
    }

    /// The transaction, for your own SeaORM queries: `project::Entity::find().all(tx.db())`. `&tx` is equivalent.
    pub fn db(&self) -> &Self {
        self
    }

    /// Queues work that must run only after the transaction has been committed. Queued work runs in the order in which it
    /// was queued, before the response is sent, and also if the client has disconnected in the meantime. On rollback it is
    /// dropped. Its errors and panics are only logged, because the write is already committed. It does not run if the
    /// process ends just after the commit; for mail use `tx.mailer()` (feature `mail`), which has no such gap.
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
        self.0.after_commit.add(job);
    }

    /// Queues the removal of files, once for all writes of the transaction: `discard` gets the keys of all of them.
    #[cfg(feature = "storage")]
    pub(crate) fn discard_after_commit<F>(&self, keys: Vec<String>, discard: fn(Context, Vec<String>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.after_commit.discard(keys, discard);
    }

    /// Records that the transaction writes these tables.
    pub(crate) fn note_written(&self, tables: &[&'static str]) {
        self.0.written.add(tables);
    }

    /// Prevents a commit, because a write is only partly done.
    pub(crate) fn fail(&self) {
        self.0.failed.store(true, Ordering::Relaxed);
    }

    /// Whether hooks have run in the transaction. Works also after it has ended.
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
            "a clone of the transaction, or a service that uses it, still exists after the closure has returned: nothing \
            was committed. Do not return it or move it into a task"
        } else if tx.0.failed.load(Ordering::Relaxed) {
            "the closure of a transaction returned Ok although a write in it had failed: nothing was committed. Return \
            the error, or run a write that may fail in a separate transaction"
        } else {
            tx.commit().await.map_err(Failure::Commit)?;
            return Ok(value);
        };
        tx.roll_back().await;
        Err(Failure::Database(DbErr::Custom(wrong.to_owned())))
    }

    async fn begin(ctx: &Context) -> Result<Self, DbErr> {
        let slot = ctx.acquire_write().await?;
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
            // If this future is dropped, BEGIN still ends in its own task, which then rolls back.
            let begun = limits.in_time(in_own_task(begin(limits.clone(), slot))).await;
            // Nothing has been written, so no outcome can be unknown.
            begun.map_err(|error| match error {
                DbErr::Exec(inner) | DbErr::Query(inner) => DbErr::Conn(inner),
                error => error,
            })
        });
        let inner = Inner {
            ctx: ctx.clone(),
            open: RwLock::new(Some(begun.await?)),
            failed: AtomicBool::new(false),
            retryable: AtomicBool::new(false),
            hooked: Arc::default(),
            abandoned: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            written: Written::default(),
            after_commit: AfterCommit::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    async fn commit(self) -> Result<(), DbErr> {
        let Some(open) = self.close().await else { return Err(over()) };
        let ctx = self.0.ctx.clone();
        let jobs = self.0.after_commit.take();
        let written = self.0.written.take();
        in_own_task(async move {
            let changing = (!written.is_empty()).then(|| Changing::new(&ctx, written));
            let committing = ctx.begin_commit();
            let committed = ctx.in_time(open.commit()).await;
            drop(committing);
            // Before the jobs, which may read what was written.
            if let Some(changing) = changing {
                changing.end(committed.is_ok()).await;
            }
            committed?;
            jobs.run(&ctx).await;
            Ok(())
        })
        .await
    }

    /// Rolls back and waits for it, so that the next attempt does not wait for locks of this one.
    async fn roll_back(self) {
        let Some(open) = self.close().await else { return };
        // If the rollback fails, the connection is closed, which also rolls back.
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

    /// Takes the transaction away from all clones. `None` if a statement of a clone is still running; then the last clone
    /// rolls back.
    async fn close(&self) -> Option<Open> {
        let timeout = self.0.ctx.write_queue().acquire_timeout();
        tokio::time::timeout(timeout, self.0.open.write()).await.ok()?.take()
    }

    /// Begins a statement. Fails if an earlier statement was cancelled.
    fn begin_statement(&self, open: &Open) -> Result<Unfinished<'_>, DbErr> {
        if self.0.abandoned.load(Ordering::Relaxed) {
            return Err(DbErr::Custom(
                "a statement of the transaction was cancelled before it ended (a timeout, or a branch of `select!`), and \
                 SQLite has rolled back the transaction; return an error and do not continue"
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

    /// Runs a statement that may fail because of too deep recursion. If it does, it has changed nothing, and the
    /// transaction can continue.
    pub(super) async fn try_execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let open = self.0.open.read().await;
        let open = open.as_ref().ok_or_else(over)?;
        let run = async |sql: &str| self.ctx().in_time(open.execute_unprepared(self.ctx(), sql)).await;
        // On an error, PostgreSQL aborts the whole transaction, and SQLite keeps what the statement has done so far.
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

    /// Records the outcome of a statement of the transaction.
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
                    // `RAISE(ROLLBACK, ..)` of a trigger and `ON CONFLICT ROLLBACK` end SQLite's transaction without
                    // notice to the driver: later statements would run outside of a transaction. A savepoint has no
                    // effect inside a transaction, and outside it begins a new one, which is rolled back at the end.
                    let savepoint = open.execute_unprepared(self.ctx(), "SAVEPOINT resourceful_failed");
                    let _ = self.ctx().in_time(savepoint).await;
                }
                if is_retryable(&error) {
                    self.0.retryable.store(true, Ordering::Relaxed);
                }
                // If the connection of an open transaction fails, nothing has been committed.
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

/// A statement that is running. On SQLite an interrupted write ends the whole transaction, and later statements would run
/// outside of it. So no statement is accepted after an interrupted one.
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
            #[cfg(feature = "postgres")]
            Open::Held(held) => {
                let mut held = held.lock().await;
                let _running = $ctx.begin_statement(&$argument);
                held.$on_lane($argument).await
            }
            #[cfg(feature = "sqlite")]
            Open::Lane(lease) => {
                let mut lease = lease.lock().await;
                let _running = $ctx.begin_statement(&$argument);
                lease.$on_lane($argument).await
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
            #[cfg(feature = "postgres")]
            Self::Held(held) => held.into_inner().commit().await,
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
            #[cfg(feature = "postgres")]
            Self::Held(held) => {
                let _ = held.into_inner().roll_back().await;
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

/// Begins a transaction on a connection of the pool.
async fn begin(ctx: Context, slot: Slot) -> Result<Open, DbErr> {
    #[cfg(feature = "postgres")]
    if ctx.backend() == DbBackend::Postgres {
        let mut held = ctx.held().await?;
        held.begin().await?;
        return Ok(Open::Held(held.into()));
    }
    // On SQLite, a transaction takes the write lock when it begins: if it read first, waiting for another writer would be
    // a deadlock.
    let immediate = ctx.backend() == DbBackend::Sqlite;
    let sqlite_transaction_mode = immediate.then_some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
    let transaction = ctx.seaorm().begin_with_options(options).await?;
    Ok(Open::Pool { transaction, slot })
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

//! Runs statements: on a connection of the pool, or within a transaction.

use std::sync::atomic::Ordering;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};

use super::access::{Access, BuiltStatement, access_of_text};
use super::budget::{Budget, Halted};
use super::outcome::sql_state;
use super::write_queue::Slot;
use super::{Context, Tx, stale, usage};

/// A connection of the pool or a transaction. It implements SeaORM's trait for connections.
#[derive(Clone, Debug)]
pub enum Connection {
    /// Connections of the pool; each statement runs alone.
    Pool(Context),
    /// This transaction.
    Transaction(Tx),
}

impl Connection {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Pool(ctx) => ctx.backend(),
            Self::Transaction(tx) => tx.ctx().backend(),
        }
    }

    /// Whether each statement runs alone.
    pub(crate) fn is_pool(&self) -> bool {
        matches!(self, Self::Pool(_))
    }

    pub(crate) async fn all(&self, built: BuiltStatement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                #[cfg(feature = "postgres")]
                if let Some(rows) = ctx.on_replica(&built).await {
                    return rows;
                }
                let slot = slot(ctx, built.access).await?;
                alone(ctx, built.statement, |statement| slot.all(ctx, statement)).await
            }
            Self::Transaction(tx) => tx.query_all_raw(built.statement).await,
        }
    }

    /// Runs a statement that writes and returns rows. It is made when its turn has come, and made anew where it has to be
    /// repeated, so that one copy of its values is enough.
    pub(crate) async fn write(&self, make: impl Fn() -> BuiltStatement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let slot = ctx.acquire_write().await?;
                again(ctx, || slot.all(ctx, make().statement)).await
            }
            Self::Transaction(tx) => tx.query_all_raw(make().statement).await,
        }
    }

    /// Reads rows of this table until the budget is used up. Within a transaction nothing is counted, because the rows are
    /// not part of a response yet.
    pub(crate) async fn all_within(
        &self,
        table: &'static str,
        built: BuiltStatement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>, Halted> {
        match self {
            Self::Pool(ctx) => {
                let mark = budget.mark();
                loop {
                    match within(ctx, table, built.clone(), budget).await {
                        // No connection is held while waiting, because the request that makes the other response may need it.
                        Err(Halted::Wait) => budget.enlarge().await.map_err(Halted::Budget)?,
                        done => break done,
                    }
                    budget.reset(mark);
                }
            }
            Self::Transaction(tx) => tx.query_all_raw(built.statement).await.map_err(Halted::Database),
        }
    }

    /// Reads rows of this table that are small together; `None` if they are not.
    #[cfg(feature = "postgres")]
    pub(crate) async fn all_small(
        &self,
        table: &'static str,
        built: BuiltStatement,
    ) -> Result<Option<Vec<QueryResult>>, DbErr> {
        let Self::Pool(ctx) = self else { return self.all(built).await.map(Some) };
        match within(ctx, table, built, &Budget::small(ctx)).await {
            Ok(rows) => Ok(Some(rows)),
            Err(Halted::Database(error)) => Err(error),
            Err(Halted::Budget(_) | Halted::Wait) => Ok(None),
        }
    }

    pub(crate) async fn one(&self, built: BuiltStatement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                #[cfg(feature = "postgres")]
                if let Some(rows) = ctx.on_replica(&built).await {
                    return rows.map(|rows| rows.into_iter().next());
                }
                let slot = slot(ctx, built.access).await?;
                alone(ctx, built.statement, |statement| slot.one(ctx, statement)).await
            }
            Self::Transaction(tx) => tx.query_one_raw(built.statement).await,
        }
    }

    /// Runs a statement that may be [too deep](is_too_deep). If it is, it has changed nothing.
    pub(crate) async fn try_execute(&self, built: BuiltStatement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Transaction(tx) => tx.try_execute(built.statement).await,
            Self::Pool(_) => self.execute(built).await,
        }
    }

    pub(crate) async fn execute(&self, built: BuiltStatement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let slot = slot(ctx, built.access).await?;
                alone(ctx, built.statement, |statement| slot.execute(ctx, statement)).await
            }
            Self::Transaction(tx) => tx.execute_raw(built.statement).await,
        }
    }
}

/// The rows of a statement that runs alone, until the budget is used up.
async fn within(
    ctx: &Context,
    table: &'static str,
    built: BuiltStatement,
    budget: &Budget,
) -> Result<Vec<QueryResult>, Halted> {
    let one_by_one = budget.expects_large_rows(table);
    #[cfg(feature = "postgres")]
    if let Some(done) = ctx.on_replica_within(&built, budget).await {
        budget.note_rows(table);
        return done;
    }
    let slot = slot(ctx, built.access).await.map_err(Halted::Database)?;
    // A used-up budget is not a database error, so the statement must not be repeated.
    let done = alone(ctx, built.statement, |statement| async {
        match slot.all_within(ctx, statement, budget, one_by_one).await {
            Err(Halted::Database(error)) => Err(error),
            done => Ok(done),
        }
    });
    let done = done.await.map_err(Halted::Database).flatten();
    budget.note_rows(table);
    done
}

/// The connection for a statement with this access.
async fn slot(ctx: &Context, access: Access) -> Result<Slot, DbErr> {
    match access {
        Access::Read => ctx.acquire_read().await,
        Access::Write => ctx.acquire_write().await,
    }
}

/// Runs a statement alone, and repeats it if its plan was older than its table: then it has changed nothing.
async fn alone<T, F>(ctx: &Context, statement: Statement, run: impl Fn(Statement) -> F) -> Result<T, DbErr>
where
    F: Future<Output = Result<T, DbErr>>,
{
    if ctx.backend() != DbBackend::Postgres {
        return usage::counted(run(statement)).await;
    }
    again(ctx, || run(statement.clone())).await
}

async fn again<T, F>(ctx: &Context, run: impl Fn() -> F) -> Result<T, DbErr>
where
    F: Future<Output = Result<T, DbErr>>,
{
    let mut number = 1;
    loop {
        match ctx.in_time(run()).await {
            Err(error) if stale::close_if_stale(&error) && number < stale::ATTEMPTS => number += 1,
            done => return done,
        }
    }
}

impl Context {
    /// Waits for the result of a statement, with a timeout. It is longer than the timeout of the database, so if it is
    /// reached, the database or the network does not respond.
    ///
    /// # Errors
    /// The same error as for a broken connection.
    pub(super) async fn in_time<T>(&self, run: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let run = usage::counted(run);
        let Some(limit) = self.statement_limit() else { return run.await };
        let begun = std::time::Instant::now();
        match tokio::time::timeout(limit, run).await {
            Ok(done) => {
                // A timeout of the wait for a connection is not a response of the database.
                if done.as_ref().err().is_none_or(|error| sql_state(error).is_some()) {
                    self.heard().store(stale::nanos(std::time::Instant::now()), Ordering::Relaxed);
                }
                done
            }
            Err(_) => {
                // If the database responded to others in the meantime, it is only busy, and its connections are kept.
                if self.heard().load(Ordering::Relaxed) < stale::nanos(begun) {
                    stale::close_all();
                }
                let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "no response arrived in time");
                Err(DbErr::Query(RuntimeErr::SqlxError(std::sync::Arc::new(sqlx::Error::Io(error)))))
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute(BuiltStatement::raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let slot = slot(ctx, access_of_text(sql)).await?;
                ctx.in_time(slot.execute_unprepared(ctx, sql)).await
            }
            Self::Transaction(tx) => tx.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.one(BuiltStatement::raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.all(BuiltStatement::raw(statement)).await
    }
}

#[async_trait]
impl ConnectionTrait for Context {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Connection::Pool(self.clone()).execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        Connection::Pool(self.clone()).execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Connection::Pool(self.clone()).query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Connection::Pool(self.clone()).query_all_raw(statement).await
    }
}

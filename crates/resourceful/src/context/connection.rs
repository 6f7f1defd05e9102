//! Where statements run: on a connection of the pool, or within a transaction.

use std::sync::atomic::Ordering;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, StatementBuilder};

use super::budget::Budget;
use super::gate::{Turn, may_write};
use super::rows::Halted;
use super::{Context, Tx, stale};

/// Where statements run. SeaORM takes it wherever it takes a connection.
#[derive(Clone, Debug)]
pub enum Connection {
    /// On connections of the pool, each statement for itself.
    Pool(Context),
    /// Within this transaction.
    Transaction(Tx),
}

impl Connection {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Pool(ctx) => ctx.backend(),
            Self::Transaction(tx) => tx.ctx().backend(),
        }
    }

    /// Whether each statement stands for itself.
    pub(crate) fn is_pool(&self) -> bool {
        matches!(self, Self::Pool(_))
    }

    pub(crate) async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await?;
                alone(ctx, statement, |statement| turn.all(ctx, ctx.db(), statement)).await
            }
            Self::Transaction(tx) => tx.query_all_raw(statement).await,
        }
    }

    /// The rows of this table, as long as the budget lasts. Within a transaction nothing is counted: what is read there is
    /// answered to nobody yet.
    pub(crate) async fn all_within(
        &self,
        table: &'static str,
        statement: Statement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>, Halted> {
        match self {
            Self::Pool(ctx) => {
                let mark = budget.mark();
                loop {
                    match within(ctx, table, statement.clone(), budget).await {
                        // Without a connection, which whoever makes the other answer may need.
                        Err(Halted::Wait) => budget.enlarge().await.map_err(Halted::Budget)?,
                        done => break done,
                    }
                    budget.reset(mark);
                }
            }
            Self::Transaction(tx) => tx.query_all_raw(statement).await.map_err(Halted::Database),
        }
    }

    pub(crate) async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await?;
                alone(ctx, statement, |statement| turn.one(ctx, ctx.db(), statement)).await
            }
            Self::Transaction(tx) => tx.query_one_raw(statement).await,
        }
    }

    /// Runs a statement that may be [too deep](is_too_deep); nothing of it has happened then.
    pub(crate) async fn try_execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Transaction(tx) => tx.try_execute(statement).await,
            Self::Pool(_) => self.execute(statement).await,
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await?;
                alone(ctx, statement, |statement| turn.execute(ctx, ctx.db(), statement)).await
            }
            Self::Transaction(tx) => tx.execute_raw(statement).await,
        }
    }
}

/// The rows of a statement that stands for itself, as long as the budget lasts.
async fn within(
    ctx: &Context,
    table: &'static str,
    statement: Statement,
    budget: &Budget,
) -> Result<Vec<QueryResult>, Halted> {
    let turn = turn(ctx, &statement.sql).await.map_err(Halted::Database)?;
    let one_by_one = budget.expects_large_rows(table);
    // That there is no room is no failure of the database, after which it would be asked again.
    let done = alone(ctx, statement, |statement| async {
        match turn.all_within(ctx, statement, budget, one_by_one).await {
            Err(Halted::Database(error)) => Err(error),
            done => Ok(done),
        }
    });
    let done = done.await.map_err(Halted::Database).flatten();
    budget.note_rows(table);
    done
}

async fn turn(ctx: &Context, sql: &str) -> Result<Turn, DbErr> {
    if may_write(sql) { ctx.turn().await } else { ctx.reading().await }
}

/// Runs a statement that stands for itself, and once more where its plan was older than its table: nothing has happened
/// then.
async fn alone<T, F>(ctx: &Context, statement: Statement, run: impl Fn(Statement) -> F) -> Result<T, DbErr>
where
    F: Future<Output = Result<T, DbErr>>,
{
    if ctx.backend() != DbBackend::Postgres {
        return run(statement).await;
    }
    let mut number = 1;
    loop {
        match ctx.in_time(run(statement.clone())).await {
            Err(error) if stale::close_if_stale(&error) && number < stale::ATTEMPTS => number += 1,
            done => return done,
        }
    }
}

impl Context {
    /// What a statement comes to. One whose answer does not come in time is given up: the database, or the way to it,
    /// does not even keep its own time.
    ///
    /// # Errors
    /// As when the connection breaks.
    pub(super) async fn in_time<T>(&self, run: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(limit) = self.statement_limit() else { return run.await };
        let begun = std::time::Instant::now();
        match tokio::time::timeout(limit, run).await {
            Ok(done) => {
                // A wait for a connection that ended in vain is no answer of the database.
                if done.as_ref().err().is_none_or(|error| sql_state(error).is_some()) {
                    self.heard().store(stale::nanos(std::time::Instant::now()), Ordering::Relaxed);
                }
                done
            }
            Err(_) => {
                // Where others were answered meanwhile the database lives and is busy: it needs its connections.
                if self.heard().load(Ordering::Relaxed) < stale::nanos(begun) {
                    stale::close_all();
                }
                let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer came in time");
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
        self.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, sql).await?;
                ctx.in_time(turn.execute_unprepared(ctx, ctx.db(), sql)).await
            }
            Self::Transaction(tx) => tx.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.all(statement).await
    }
}

/// A statement for this database.
pub(crate) fn build(backend: DbBackend, statement: &impl StatementBuilder) -> Statement {
    backend.build(statement)
}

/// What sqlx says went wrong.
pub(crate) fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// PostgreSQL's SQLSTATE, SQLite's extended result code.
pub(crate) fn sql_state(error: &DbErr) -> Option<String> {
    sqlx_error(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

/// Whether the database gave this up for the sake of somebody else's work, so that doing it again may succeed:
/// serialization failure, deadlock and a lock that was not had in time; a plan that is older than its table; SQLITE_BUSY
/// and SQLITE_LOCKED with their extended codes.
pub(crate) fn is_collision(error: &DbErr) -> bool {
    let states = ["40001", "40P01", "55P03", "5", "261", "517", "773", "6", "262", "518"];
    sql_state(error).is_some_and(|state| states.contains(&state.as_str())) || stale::is_stale_plan(error)
}

/// Whether rows depend on one another in too long a chain for the database to follow it by itself: SQLite's triggers and
/// PostgreSQL's stack have an end.
pub(crate) fn is_too_deep(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(error)) = sqlx_error(error) else { return false };
    match error.code().as_deref() {
        // It has no code of its own; the second is what SQLite 3.54 says.
        Some("1") => ["too many levels of trigger recursion", "triggers nested too deep"]
            .iter()
            .any(|words| error.message().contains(words)),
        code => code == Some("54001"),
    }
}

/// Whether the statement was sent, perhaps, and no answer came: not a failure to get a connection, which has its own
/// errors.
pub(crate) fn is_lost_on_the_way(error: &DbErr) -> bool {
    let sent = matches!(error, DbErr::Exec(_) | DbErr::Query(_));
    sent && match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
        // PostgreSQL was told to stop while it worked on the statement.
        Some(sqlx::Error::Database(_)) => matches!(sql_state(error).as_deref(), Some("57P01" | "57P02" | "57P05")),
        _ => false,
    }
}

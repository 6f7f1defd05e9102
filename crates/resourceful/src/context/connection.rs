//! Where statements run: on a connection of the pool, or within a transaction.

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, StatementBuilder};

use super::budget::Budget;
use super::gate::{Turn, may_write};
use super::rows::Halted;
use super::{Context, Tx};

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
                turn.all(ctx, ctx.db(), statement).await
            }
            Self::Transaction(tx) => tx.query_all_raw(statement).await,
        }
    }

    /// The rows of this table, as long as the budget lasts. Within a transaction nothing is counted: what is read there
    /// is answered to nobody yet.
    pub(crate) async fn all_within(
        &self,
        table: &'static str,
        statement: Statement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>, Halted> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await.map_err(Halted::Database)?;
                let one_by_one = budget.expects_large_rows(table);
                let done = turn.all_within(ctx, statement, budget, one_by_one).await;
                budget.note_rows(table);
                done
            }
            Self::Transaction(tx) => tx.query_all_raw(statement).await.map_err(Halted::Database),
        }
    }

    pub(crate) async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await?;
                turn.one(ctx, ctx.db(), statement).await
            }
            Self::Transaction(tx) => tx.query_one_raw(statement).await,
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(ctx) => {
                let turn = turn(ctx, &statement.sql).await?;
                turn.execute(ctx, ctx.db(), statement).await
            }
            Self::Transaction(tx) => tx.execute_raw(statement).await,
        }
    }
}

async fn turn(ctx: &Context, sql: &str) -> Result<Turn, DbErr> {
    if may_write(sql) { ctx.turn().await } else { ctx.reading().await }
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
                turn.execute_unprepared(ctx, ctx.db(), sql).await
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
/// serialization failure and deadlock; SQLITE_BUSY and SQLITE_LOCKED with their extended codes.
pub(crate) fn is_collision(error: &DbErr) -> bool {
    let states = ["40001", "40P01", "5", "261", "517", "773", "6", "262", "518"];
    sql_state(error).is_some_and(|state| states.contains(&state.as_str()))
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

//! A connection of PostgreSQL that is held for a statement or a transaction.

use std::sync::Arc;
use std::time::Instant;

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres};

use super::budget::{Budget, Halted};
use super::outcome::{is_outcome_unknown, sql_state};
use super::part::Place;
use super::{pooler, rows};

/// PostgreSQL's code for a statement that cannot run inside a transaction.
const NOT_IN_A_TRANSACTION: &str = "25001";

/// A connection that is held exclusively until this is dropped. A transaction that is open then is rolled back.
pub(super) struct Held {
    /// `None` only while it is dropped.
    place: Option<Place>,
    /// `None` only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    /// The message that begins a transaction, where transactions share sessions.
    begin: Option<Arc<str>>,
    /// When sqlx has handed it out.
    taken: Instant,
    /// It belongs to the part of another worker.
    is_borrowed: bool,
    /// Its last statement has ended well: nothing is on its way.
    is_clean: bool,
    in_transaction: bool,
}

impl Held {
    pub(super) fn new(place: Place, connection: PoolConnection<Postgres>, taken: Instant, is_borrowed: bool) -> Self {
        Self {
            begin: place.begin(),
            place: Some(place),
            connection: Some(connection),
            taken,
            is_borrowed,
            is_clean: true,
            in_transaction: false,
        }
    }

    /// Whether statements are prepared once for each connection, under a name.
    fn is_named(&self) -> bool {
        self.begin.is_none()
    }

    /// Runs a statement.
    async fn run<'a, T, F>(&'a mut self, statement: impl FnOnce(&'a mut PgConnection) -> F) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        self.is_clean = false;
        let Self { connection: Some(connection), is_clean, .. } = self else {
            return Err(sqlx::Error::WorkerCrashed);
        };
        let done = statement(connection).await;
        *is_clean = done.is_ok();
        done
    }

    /// Runs SQL as one message.
    async fn send(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        self.run(|connection| connection.execute(sql)).await.map(ExecResult::from).map_err(failed)
    }

    /// Begins a transaction for a statement that runs alone, where transactions share sessions. Whether it did.
    async fn enter(&mut self, sql: &str) -> Result<bool, DbErr> {
        if self.is_named() {
            return Ok(false);
        }
        if let Some(words) = pooler::needs_session(sql) {
            return Err(DbErr::Custom(format!(
                "`{words}` needs a session of its own, and a pooler in transaction mode gives none \
                 (DATABASE_POOLER=transaction)"
            )));
        }
        if self.in_transaction {
            return Ok(false);
        }
        self.begin().await.map_err(nothing_done)?;
        Ok(true)
    }

    /// Ends the transaction that `enter` has begun.
    async fn leave<T>(&mut self, entered: bool, done: Result<T, DbErr>) -> Result<T, DbErr> {
        match done {
            done if !entered => done,
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // Without an answer of the database the connection is closed, which rolls back as well.
                if sql_state(&error).is_some() {
                    let _ = self.roll_back().await;
                }
                Err(nothing_done(error))
            }
        }
    }

    pub(super) async fn all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (entered, is_named) = (self.enter(&statement.sql).await?, self.is_named());
        let rows = self.run(|connection| query(statement, is_named).fetch_all(connection)).await.map_err(failed_query);
        let rows = self.leave(entered, rows).await?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// The same until the budget is used up.
    pub(super) async fn all_within(
        &mut self,
        statement: Statement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>, Halted> {
        let entered = self.enter(&statement.sql).await.map_err(Halted::Database)?;
        let is_named = self.is_named();
        self.is_clean = false;
        let Self { connection: Some(connection), is_clean, .. } = self else {
            return Err(rows::failed(sqlx::Error::WorkerCrashed));
        };
        let done = rows::postgres(connection, statement, budget, is_named).await;
        *is_clean = done.is_ok();
        match done {
            Ok(rows) => self.leave(entered, Ok(rows)).await.map_err(Halted::Database),
            Err(Halted::Database(error)) => self.leave(entered, Err(error)).await.map_err(Halted::Database),
            // The rest of the rows is on its way. What is open is rolled back when this is dropped.
            halted => halted,
        }
    }

    pub(super) async fn one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (entered, is_named) = (self.enter(&statement.sql).await?, self.is_named());
        let row = self.run(|connection| query(statement, is_named).fetch_optional(connection)).await;
        let row = self.leave(entered, row.map_err(failed_query)).await?;
        Ok(row.map(QueryResult::from))
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (entered, is_named) = (self.enter(&statement.sql).await?, self.is_named());
        let done = self.run(|connection| query(statement, is_named).execute(connection)).await;
        self.leave(entered, done.map(ExecResult::from).map_err(failed)).await
    }

    pub(super) async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let entered = self.enter(sql).await?;
        let done = self.send(sql).await;
        match self.leave(entered, done).await {
            // Such as VACUUM. A message is a whole for a pooler, too.
            Err(error) if entered && sql_state(&error).as_deref() == Some(NOT_IN_A_TRANSACTION) => self.send(sql).await,
            done => done,
        }
    }

    pub(super) async fn begin(&mut self) -> Result<(), DbErr> {
        // If it fails or does not end, the transaction may have been started.
        self.in_transaction = true;
        let begin = self.begin.clone();
        self.send(begin.as_deref().unwrap_or("BEGIN")).await.map(drop)
    }

    pub(super) async fn commit(&mut self) -> Result<(), DbErr> {
        self.send("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), DbErr> {
        self.send("ROLLBACK").await?;
        self.in_transaction = false;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(connection), Some(place)) = (self.connection.take(), self.place.take()) else { return };
        if self.in_transaction {
            // To close the connection rolls back, as well. It is not detached from the pool until then, so that the
            // process never has more connections than it may have.
            match tokio::runtime::Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(roll_back(connection, place))),
                Err(_) => drop(connection.detach()),
            }
        } else if self.is_clean && !self.is_borrowed {
            // Before the place becomes free: whoever gets it finds the connection.
            place.part().keep(connection, self.taken);
        }
    }
}

/// Rolls back a transaction that was left, and returns the connection, or closes it.
async fn roll_back(mut connection: PoolConnection<Postgres>, _place: Place) {
    if connection.execute("ROLLBACK").await.is_err() {
        let _ = connection.close().await;
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

/// A statement on its way. One that is named is prepared once for the connection.
fn query(statement: Statement, is_named: bool) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values)).persistent(is_named)
}

/// The error of a transaction that was not committed: its outcome is known.
fn nothing_done(error: DbErr) -> DbErr {
    match error {
        DbErr::Exec(inner) | DbErr::Query(inner) if is_outcome_unknown(&DbErr::Query(inner.clone())) => {
            DbErr::Conn(inner)
        }
        error => error,
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn failed_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

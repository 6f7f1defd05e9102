//! A connection of PostgreSQL that is held for a statement or a transaction.

use std::sync::Arc;
use std::time::Instant;

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres};

use super::budget::{Budget, Halted};
use super::part::Place;
use super::rows;

/// A connection that is held exclusively until this is dropped. A transaction that is open then is rolled back.
pub(super) struct Held {
    /// `None` only while it is dropped.
    place: Option<Place>,
    /// `None` only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
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
            place: Some(place),
            connection: Some(connection),
            taken,
            is_borrowed,
            is_clean: true,
            in_transaction: false,
        }
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

    pub(super) async fn all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.run(|connection| query(statement).fetch_all(connection)).await.map_err(failed_query)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// The same until the budget is used up.
    pub(super) async fn all_within(
        &mut self,
        statement: Statement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>, Halted> {
        self.is_clean = false;
        let Self { connection: Some(connection), is_clean, .. } = self else {
            return Err(rows::failed(sqlx::Error::WorkerCrashed));
        };
        let done = rows::postgres(connection, statement, budget).await;
        *is_clean = done.is_ok();
        done
    }

    pub(super) async fn one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = self.run(|connection| query(statement).fetch_optional(connection)).await;
        Ok(row.map_err(failed_query)?.map(QueryResult::from))
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let done = self.run(|connection| query(statement).execute(connection)).await;
        done.map(ExecResult::from).map_err(failed)
    }

    pub(super) async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        self.run(|connection| connection.execute(sql)).await.map(ExecResult::from).map_err(failed)
    }

    pub(super) async fn begin(&mut self) -> Result<(), DbErr> {
        // If it fails or does not end, the transaction may have been started.
        self.in_transaction = true;
        self.execute_unprepared("BEGIN").await.map(drop)
    }

    pub(super) async fn commit(&mut self) -> Result<(), DbErr> {
        self.execute_unprepared("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), DbErr> {
        self.execute_unprepared("ROLLBACK").await?;
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

/// A statement on its way.
fn query(statement: Statement) -> sqlx::query::Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn failed_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

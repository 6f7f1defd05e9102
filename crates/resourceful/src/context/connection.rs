//! Where statements run: on a connection of the pool, or within a transaction.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, StatementBuilder, TransactionOptions, TransactionTrait,
};

/// Where statements run.
#[derive(Clone)]
pub enum Connection {
    Pool(DatabaseConnection),
    Transaction(Arc<DatabaseTransaction>),
}

impl Connection {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Pool(db) => db.get_database_backend(),
            Self::Transaction(tx) => tx.get_database_backend(),
        }
    }

    /// Whether each statement stands for itself.
    pub(crate) fn is_pool(&self) -> bool {
        matches!(self, Self::Pool(_))
    }

    pub(crate) async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(db) => db.query_all_raw(statement).await,
            Self::Transaction(tx) => tx.query_all_raw(statement).await,
        }
    }

    pub(crate) async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(db) => db.query_one_raw(statement).await,
            Self::Transaction(tx) => tx.query_one_raw(statement).await,
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Pool(db) => db.execute_raw(statement).await,
            Self::Transaction(tx) => tx.execute_raw(statement).await,
        }
    }

    /// Runs `work` in a transaction, or within the one that is already open.
    ///
    /// The transaction lives in a task of its own: sqlx 0.9 leaves a pooled connection inside an open transaction when
    /// the future that begins it is dropped (transact-rs/sqlx#4393), which is what happens to a request whose client
    /// goes away. Nobody drops the task.
    pub(crate) async fn transaction<T, E, F, W>(&self, work: W) -> Result<T, Failure<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        W: FnOnce(Self) -> F + Send + 'static,
    {
        let db = match self {
            Self::Transaction(_) => return work(self.clone()).await.map_err(Failure::Work),
            Self::Pool(db) => db.clone(),
        };
        let task = tokio::spawn(async move {
            let tx = Arc::new(begin(&db).await.map_err(Failure::Database)?);
            let done = work(Self::Transaction(tx.clone())).await;
            let in_use = || Failure::Database(DbErr::Custom("the transaction is still in use".to_owned()));
            let tx = Arc::into_inner(tx).ok_or_else(in_use)?;
            match done {
                Ok(value) => tx.commit().await.map(|()| value).map_err(Failure::Commit),
                Err(error) => {
                    // A connection that cannot roll back is closed, which rolls back as well.
                    let _ = tx.rollback().await;
                    Err(Failure::Work(error))
                }
            }
        });
        match task.await {
            Ok(done) => done,
            Err(panic) => Err(Failure::Database(DbErr::Custom(format!("the transaction's task failed: {panic}")))),
        }
    }
}

/// Why a transaction did not happen, or may not have.
pub(crate) enum Failure<E> {
    /// It was rolled back because its work failed.
    Work(E),
    /// It never began.
    Database(DbErr),
    /// COMMIT failed.
    Commit(DbErr),
}

/// SQLite's writers take their lock at once: one that has read first cannot wait for another without a deadlock.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let immediate = db.get_database_backend() == DbBackend::Sqlite;
    let sqlite_transaction_mode = immediate.then_some(SqliteTransactionMode::Immediate);
    db.begin_with_options(TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() }).await
}

/// A statement for this database.
pub(crate) fn build(backend: DbBackend, statement: &impl StatementBuilder) -> Statement {
    backend.build(statement)
}

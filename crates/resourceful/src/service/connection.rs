//! Where statements run: on a connection of the pool, or within a transaction.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
    TransactionTrait,
};

/// Where statements run.
#[derive(Clone)]
pub(super) enum Connection {
    Pool(DatabaseConnection),
    Transaction(Arc<DatabaseTransaction>),
}

impl Connection {
    pub(super) fn backend(&self) -> DbBackend {
        match self {
            Self::Pool(db) => db.get_database_backend(),
            Self::Transaction(tx) => tx.get_database_backend(),
        }
    }

    pub(super) async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Pool(db) => db.query_all_raw(statement).await,
            Self::Transaction(tx) => tx.query_all_raw(statement).await,
        }
    }

    pub(super) async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Pool(db) => db.query_one_raw(statement).await,
            Self::Transaction(tx) => tx.query_one_raw(statement).await,
        }
    }

    pub(super) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
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
    pub(super) async fn transaction<T, E, F, W>(&self, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        W: FnOnce(Self) -> F + Send + 'static,
    {
        let db = match self {
            Self::Transaction(_) => return work(self.clone()).await,
            Self::Pool(db) => db.clone(),
        };
        let task = tokio::spawn(async move {
            let tx = Arc::new(db.begin().await?);
            let done = work(Self::Transaction(tx.clone())).await;
            let tx = Arc::into_inner(tx).ok_or_else(|| DbErr::Custom("the transaction is still in use".to_owned()))?;
            match done {
                Ok(value) => {
                    tx.commit().await?;
                    Ok(value)
                }
                Err(error) => {
                    tx.rollback().await?;
                    Err(error)
                }
            }
        });
        match task.await {
            Ok(done) => done,
            Err(panic) => Err(DbErr::Custom(format!("the transaction's task failed: {panic}")).into()),
        }
    }
}

/// A statement for this database.
pub(super) fn build(backend: DbBackend, statement: &impl StatementBuilder) -> Statement {
    backend.build(statement)
}


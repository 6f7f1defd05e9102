//! One writer at a time, where the database has no more.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Context;
use super::budget::Budget;
#[cfg(feature = "sqlite")]
use super::lanes::{Lanes, Lease};
use super::rows::{self, Halted};

tokio::task_local! {
    /// The context whose transaction this task is in.
    static INSIDE: usize;
}

/// The queue of SQLite's writers. SQLite lets one write and the others ask again and again until they give up; a queue
/// wakes each in its turn.
pub(super) struct Gate {
    queue: Queue,
    patience: Duration,
}

enum Queue {
    /// The database knows itself how to let many write.
    None,
    /// Turns alone: whose it is then waits for a connection of the pool like everybody else.
    Turns(Arc<Semaphore>),
    /// The turn is the connection that writes.
    #[cfg(feature = "sqlite")]
    Lanes(Lanes),
}

/// The right to run statements, or to write, until it is dropped.
#[derive(Debug)]
pub(crate) enum Turn {
    /// On the pool.
    Pool {
        /// Whose turn it is, where one writes at a time.
        _permit: Option<OwnedSemaphorePermit>,
    },
    /// On a connection that nobody else uses meanwhile. The lock is for those who share a transaction.
    #[cfg(feature = "sqlite")]
    Lane(tokio::sync::Mutex<Lease>),
}

/// Runs one statement where the turn says, or on what it names for the pool.
macro_rules! on {
    ($turn:expr, $ctx:expr, $pool:expr, $lane:ident($argument:expr), $raw:ident) => {
        match $turn {
            Turn::Pool { .. } => {
                let _ = $ctx;
                $pool.$raw($argument).await
            }
            #[cfg(feature = "sqlite")]
            Turn::Lane(lease) => {
                $ctx.count_statement();
                lease.lock().await.$lane($argument).await
            }
        }
    };
}

impl Turn {
    pub(super) async fn all(
        &self,
        ctx: &Context,
        pool: &impl ConnectionTrait,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        on!(self, ctx, pool, all(statement), query_all_raw)
    }

    /// The same as long as the budget lasts. `one_by_one` where it matters how many rows wait to be counted.
    #[cfg_attr(not(feature = "sqlite"), expect(unused_variables, reason = "only SQLite reads ahead"))]
    pub(super) async fn all_within(
        &self,
        ctx: &Context,
        statement: Statement,
        budget: &Budget,
        one_by_one: bool,
    ) -> Result<Vec<QueryResult>, Halted> {
        ctx.count_statement();
        match self {
            #[cfg(feature = "sqlite")]
            Self::Lane(lease) => lease.lock().await.all_within(statement, budget, one_by_one).await,
            #[cfg(feature = "postgres")]
            Self::Pool { .. } if ctx.backend() == DbBackend::Postgres => {
                let pool = ctx.db().get_postgres_connection_pool();
                let mut connection = pool.acquire().await.map_err(rows::not_acquired)?;
                rows::postgres(&mut connection, statement, budget).await
            }
            #[cfg(feature = "sqlite")]
            Self::Pool { .. } if ctx.backend() == DbBackend::Sqlite => {
                let pool = ctx.db().get_sqlite_connection_pool();
                let mut connection = pool.acquire().await.map_err(rows::not_acquired)?;
                rows::sqlite(&mut connection, statement, budget).await
            }
            Self::Pool { .. } => ctx.db().query_all_raw(statement).await.map_err(Halted::Database),
        }
    }

    pub(super) async fn one(
        &self,
        ctx: &Context,
        pool: &impl ConnectionTrait,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        on!(self, ctx, pool, one(statement), query_one_raw)
    }

    pub(super) async fn execute(
        &self,
        ctx: &Context,
        pool: &impl ConnectionTrait,
        statement: Statement,
    ) -> Result<ExecResult, DbErr> {
        on!(self, ctx, pool, execute(statement), execute_raw)
    }

    pub(super) async fn execute_unprepared(
        &self,
        ctx: &Context,
        pool: &impl ConnectionTrait,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        on!(self, ctx, pool, execute_unprepared(sql), execute_unprepared)
    }
}

impl Gate {
    /// In front of a pool.
    pub(super) fn new(backend: DbBackend, patience: Duration) -> Self {
        let queue = match backend {
            DbBackend::Sqlite => Queue::Turns(Arc::new(Semaphore::new(1))),
            _ => Queue::None,
        };
        Self { queue, patience }
    }

    /// With connections of its own.
    #[cfg(feature = "sqlite")]
    pub(super) fn with_lanes(lanes: Lanes, patience: Duration) -> Self {
        Self { queue: Queue::Lanes(lanes), patience }
    }

    /// How long anybody waits for somebody else.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }
}

impl Context {
    /// Waits for its turn to write.
    ///
    /// # Errors
    /// As when the pool has no connection, when it does not come in time. At once when the caller stands in the way
    /// themselves: the turn is their transaction's.
    pub(crate) async fn turn(&self) -> Result<Turn, DbErr> {
        let gate = self.gate();
        if matches!(gate.queue, Queue::None) {
            return Ok(Turn::Pool { _permit: None });
        }
        if self.is_inside() {
            return Err(DbErr::Custom(
                "a write outside of a transaction was made inside its closure, where SQLite has one writer at a time; \
                 use services of the transaction: `projects.within(&tx)`"
                    .to_owned(),
            ));
        }
        match &gate.queue {
            Queue::None => Ok(Turn::Pool { _permit: None }),
            #[cfg(feature = "sqlite")]
            Queue::Lanes(lanes) => {
                self.require_open()?;
                Ok(Turn::Lane(lanes.writer(gate.patience).await?.into()))
            }
            Queue::Turns(turns) => match tokio::time::timeout(gate.patience, turns.clone().acquire_owned()).await {
                Ok(Ok(permit)) => Ok(Turn::Pool { _permit: Some(permit) }),
                // The semaphore is never closed.
                Ok(Err(_)) | Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
            },
        }
    }

    /// Waits for a connection to read with, where reading has some of its own.
    ///
    /// # Errors
    /// As when the pool has no connection, when none comes in time.
    pub(crate) async fn reading(&self) -> Result<Turn, DbErr> {
        #[cfg(feature = "sqlite")]
        if let Gate { queue: Queue::Lanes(lanes), patience } = self.gate() {
            self.require_open()?;
            return Ok(Turn::Lane(lanes.reader(*patience).await?.into()));
        }
        Ok(Turn::Pool { _permit: None })
    }

    /// Whoever closes the pool closes the database, and means all connections to it.
    #[cfg(feature = "sqlite")]
    fn require_open(&self) -> Result<(), DbErr> {
        match self.db().get_sqlite_connection_pool().is_closed() {
            true => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            false => Ok(()),
        }
    }

    /// Runs the work of a transaction, whose turn it is.
    pub(super) async fn inside<F: Future>(&self, work: F) -> F::Output {
        INSIDE.scope(self.key(), work).await
    }

    /// Whether the caller is in a transaction of this context.
    pub(super) fn is_inside(&self) -> bool {
        INSIDE.try_with(|inside| *inside == self.key()) == Ok(true)
    }

    /// Tells this context from others.
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

/// Whether a statement may change something: all that do not begin with `SELECT`.
pub(super) fn may_write(sql: &str) -> bool {
    sql.trim_start().get(..6).is_none_or(|word| !word.eq_ignore_ascii_case("select"))
}

//! Serialises writes on SQLite, which has a single writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::error::ConnAcquireErr;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Context;
use super::budget::{Budget, Halted};
#[cfg(feature = "postgres")]
use super::held::Held;
#[cfg(feature = "sqlite")]
use super::lanes::{Lanes, Lease};
use super::rows;
#[cfg(feature = "sqlite")]
use super::state::Connections;
#[cfg(feature = "sqlite")]
use super::work::Work;

tokio::task_local! {
    /// The context whose transaction this task is in.
    static WITHIN: usize;
}

/// The queue of the writers. SQLite lets one write, and the others try again and again until they give up; a queue wakes
/// one after another.
pub(super) struct WriteQueue {
    kind: Kind,
    acquire_timeout: Duration,
}

enum Kind {
    /// The database has many writers.
    None,
    /// There is one write permit. Its holder then takes a connection of the pool.
    Permit(Arc<Semaphore>),
    /// One connection writes, and to hold it is the permit.
    #[cfg(feature = "sqlite")]
    Lanes(Lanes),
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct WritePermit {
    _permit: OwnedSemaphorePermit,
}

/// Where a statement runs, and the right to run it there until this is dropped.
#[derive(Debug)]
pub(crate) enum Slot {
    /// On any connection of the pool.
    Pool {
        /// For a write on a database that has a single writer.
        _permit: Option<WritePermit>,
    },
    /// On a connection that is held exclusively. The lock is for statements that share a transaction.
    #[cfg(feature = "sqlite")]
    Lane(tokio::sync::Mutex<Lease>),
}

/// Runs one statement in a slot.
macro_rules! on {
    ($slot:expr, $ctx:expr, $name:ident($argument:expr), $raw:ident) => {
        match $slot {
            #[cfg(feature = "postgres")]
            Slot::Pool { .. } if $ctx.backend() == DbBackend::Postgres => {
                let mut held = $ctx.held().await?;
                let _running = $ctx.begin_statement(&$argument);
                held.$name($argument).await
            }
            Slot::Pool { .. } => $ctx.seaorm().$raw($argument).await,
            #[cfg(feature = "sqlite")]
            Slot::Lane(lease) => {
                let mut lease = lease.lock().await;
                let _running = $ctx.begin_statement(&$argument);
                lease.$name($argument).await
            }
        }
    };
}

impl Slot {
    pub(super) async fn all(&self, ctx: &Context, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        on!(self, ctx, all(statement), query_all_raw)
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
        match self {
            #[cfg(feature = "sqlite")]
            Self::Lane(lease) => {
                let mut lease = lease.lock().await;
                let _running = ctx.begin_statement(&statement);
                lease.all_within(statement, budget, one_by_one).await
            }
            #[cfg(feature = "postgres")]
            Self::Pool { .. } if ctx.backend() == DbBackend::Postgres => {
                let mut held = ctx.held().await.map_err(Halted::Database)?;
                let _running = ctx.begin_statement(&statement);
                held.all_within(statement, budget).await
            }
            #[cfg(feature = "sqlite")]
            Self::Pool { .. } if ctx.backend() == DbBackend::Sqlite => {
                let pool = ctx.seaorm().get_sqlite_connection_pool();
                let connection = pool.acquire().await;
                let mut connection = connection.map_err(rows::not_acquired).map_err(Halted::Database)?;
                let _running = ctx.begin_statement(&statement);
                rows::sqlite(&mut connection, statement, budget).await
            }
            Self::Pool { .. } => ctx.seaorm().query_all_raw(statement).await.map_err(Halted::Database),
        }
    }

    pub(super) async fn one(&self, ctx: &Context, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        on!(self, ctx, one(statement), query_one_raw)
    }

    pub(super) async fn execute(&self, ctx: &Context, statement: Statement) -> Result<ExecResult, DbErr> {
        on!(self, ctx, execute(statement), execute_raw)
    }

    pub(super) async fn execute_unprepared(&self, ctx: &Context, sql: &str) -> Result<ExecResult, DbErr> {
        on!(self, ctx, execute_unprepared(sql), execute_unprepared)
    }
}

impl WriteQueue {
    /// In front of a pool.
    pub(super) fn new(backend: DbBackend, acquire_timeout: Duration) -> Self {
        let kind = match backend {
            DbBackend::Sqlite => Kind::Permit(Arc::new(Semaphore::new(1))),
            _ => Kind::None,
        };
        Self { kind, acquire_timeout }
    }

    /// With connections of its own.
    #[cfg(feature = "sqlite")]
    pub(super) fn with_lanes(lanes: Lanes, acquire_timeout: Duration) -> Self {
        Self { kind: Kind::Lanes(lanes), acquire_timeout }
    }

    /// How the connections of its own are used, if it has some.
    #[cfg(feature = "sqlite")]
    pub(super) fn connections(&self) -> Option<Connections> {
        match &self.kind {
            Kind::Lanes(lanes) => Some(lanes.connections()),
            _ => None,
        }
    }

    /// How many writers wait. Those for a connection of a pool are not known.
    pub(super) fn waiting(&self) -> usize {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Lanes(lanes) => lanes.waiting(),
            _ => 0,
        }
    }

    /// The longest wait for a permit or a connection.
    pub(super) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }
}

impl Context {
    /// Waits for the permit to write.
    ///
    /// # Errors
    /// As when the pool has no connection, when the permit does not come in time. At once when the caller holds it
    /// already, in a transaction.
    pub(crate) async fn acquire_write(&self) -> Result<Slot, DbErr> {
        #[cfg(feature = "postgres")]
        if self.replicas().is_some() {
            super::note_write();
        }
        if matches!(self.write_queue().kind, Kind::None) {
            return Ok(Slot::Pool { _permit: None });
        }
        let Some(metrics) = self.metrics() else { return self.acquire_turn().await };
        let begun = Instant::now();
        let slot = self.acquire_turn().await;
        metrics.write_wait.observe(begun.elapsed());
        slot
    }

    async fn acquire_turn(&self) -> Result<Slot, DbErr> {
        let queue = self.write_queue();
        if self.is_within_transaction() {
            return Err(DbErr::Custom(
                "a write outside of a transaction was made inside its closure, where SQLite has one writer at a time; \
                 use services of the transaction: `projects.within(&tx)`"
                    .to_owned(),
            ));
        }
        match &queue.kind {
            Kind::None => Ok(Slot::Pool { _permit: None }),
            #[cfg(feature = "sqlite")]
            Kind::Lanes(lanes) => {
                self.require_open()?;
                Ok(Slot::Lane(lanes.writer(queue.acquire_timeout).await?.into()))
            }
            Kind::Permit(permits) => {
                match tokio::time::timeout(queue.acquire_timeout, permits.clone().acquire_owned()).await {
                    Ok(Ok(permit)) => Ok(Slot::Pool { _permit: Some(WritePermit { _permit: permit }) }),
                    // The semaphore is never closed.
                    Ok(Err(_)) | Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
                }
            }
        }
    }

    /// Waits for a connection to read with, where reads have connections of their own.
    ///
    /// # Errors
    /// As when the pool has no connection, when none comes in time.
    pub(crate) async fn acquire_read(&self) -> Result<Slot, DbErr> {
        #[cfg(feature = "sqlite")]
        if let WriteQueue { kind: Kind::Lanes(lanes), acquire_timeout } = self.write_queue() {
            self.require_open()?;
            let reader = async {
                // Those who are about to write do not wait behind long lists.
                let own = if Work::is_write() { lanes.reader_of_writers(*acquire_timeout).await } else { None };
                match own {
                    Some(lease) => Ok(lease),
                    None => lanes.reader(*acquire_timeout).await,
                }
            };
            let reader = self.waited(reader).await?;
            return Ok(Slot::Lane(reader.into()));
        }
        Ok(Slot::Pool { _permit: None })
    }

    /// Waits for a connection of PostgreSQL.
    ///
    /// # Errors
    /// As when the pool has no connection, when none comes in time.
    #[cfg(feature = "postgres")]
    pub(super) async fn held(&self) -> Result<Held, DbErr> {
        self.waited(self.pools().acquire()).await.map_err(rows::not_acquired)
    }

    /// Waits for a connection, and notes how long.
    async fn waited<T>(&self, wait: impl Future<Output = T>) -> T {
        let Some(metrics) = self.metrics() else { return wait.await };
        let begun = Instant::now();
        let connection = wait.await;
        metrics.connection_wait.observe(begun.elapsed());
        connection
    }

    /// To close the pool means to close the database, and with it all connections.
    #[cfg(feature = "sqlite")]
    fn require_open(&self) -> Result<(), DbErr> {
        match self.seaorm().get_sqlite_connection_pool().is_closed() {
            true => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
            false => Ok(()),
        }
    }

    /// Runs the work of a transaction, which holds the write permit.
    pub(super) async fn within_transaction<F: Future>(&self, work: F) -> F::Output {
        WITHIN.scope(self.key(), work).await
    }

    /// Whether the caller is in a transaction of this context.
    pub(super) fn is_within_transaction(&self) -> bool {
        WITHIN.try_with(|context| *context == self.key()) == Ok(true)
    }

    /// Tells this context from others.
    fn key(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

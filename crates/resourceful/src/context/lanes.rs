//! SQLite's connections: one writes, the others read. Each statement on them has a time.
//!
//! SQLite works inside of the process, so only the process can stop a statement that runs too long: its progress
//! handler asks, every so many steps, whether it may go on. The handler is set once for each connection and shares a
//! [`Watch`] with the user of the connection, so a statement costs no more than without.
//!
//! They are in no pool of sqlx, which gives connections back in tasks of their last users: a busy worker would keep the
//! only one that writes from all others.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Sqlite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::budget::{Budget, Halted};
use super::rows;
use super::state::Connections;
use super::turns::{ReadTurn, Turns, WriteTurn};
use super::waiting::Waiting;

/// After how many steps of SQLite's machine a statement is asked whether it may go on: some ten microseconds.
pub(super) const STEPS: i32 = 1_000;

/// How many connections read for those who are about to write, without being counted as readers, and how long one of them is
/// awaited before they wait among all readers.
const BEFORE_WRITES: (usize, Duration) = (2, Duration::from_millis(250));

/// How long one of the usual connections is awaited before another one is used. Each connection has a thread and a page cache
/// of its own, and more of them than the processors need for short statements only cost memory; but long statements must not
/// keep short ones waiting.
const PATIENCE: Duration = Duration::from_millis(5);

/// The page caches of all readers together, in KiB. SQLite's own default is 2,000 KiB for each, which is most of the memory of a
/// process with many readers; pages that are not there come from the cache of the operating system.
const PAGES: usize = 16 * 1024;

/// The page cache of a reader, in KiB: at least the inner pages of large indexes, and at most SQLite's default.
const PAGES_OF_EACH: (usize, usize) = (512, 2_000);

/// Until when the statement of a connection may run.
#[derive(Debug)]
struct Watch {
    begun: Instant,
    limit: Duration,
    /// Milliseconds after `begun`; 0 while no statement runs.
    until: AtomicU64,
    /// Nothing waits for the statement any more, which may still be running.
    left: AtomicBool,
}

impl Watch {
    fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), limit, until: AtomicU64::new(0), left: AtomicBool::new(false) })
    }

    /// Whether what runs may go on.
    fn may_go_on(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until == 0 || self.milliseconds() < until
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn begin(&self) -> Running<'_> {
        let limit = u64::try_from(self.limit.as_millis()).unwrap_or(u64::MAX);
        self.until.store(self.milliseconds().saturating_add(limit).max(1), Ordering::Relaxed);
        Running { watch: self, ended: false }
    }

    fn rest(&self) {
        self.until.store(0, Ordering::Relaxed);
        self.left.store(false, Ordering::Relaxed);
    }
}

/// A statement whose result is awaited. Dropped before it has ended, it stops the statement.
struct Running<'a> {
    watch: &'a Watch,
    ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.ended {
            self.watch.until.store(0, Ordering::Relaxed);
        } else {
            self.watch.left.store(true, Ordering::Relaxed);
            // Long past.
            self.watch.until.store(1, Ordering::Relaxed);
        }
    }
}

/// One connection, opened when it is needed.
struct Lane {
    connection: Option<SqliteConnection>,
    watch: Arc<Watch>,
}

/// The connections of a database.
pub(super) struct Lanes {
    writes: Arc<Group>,
    /// They read for those who are about to write.
    before_writes: Arc<Group>,
    reads: Arc<Group>,
    turns: Arc<Turns>,
}

/// Connections of which any will do.
struct Group {
    options: SqliteConnectOptions,
    free: Arc<Semaphore>,
    waiting: Waiting,
    /// As many of them as are used when all statements are short; `None` where that is all of them.
    usual: Option<Arc<Semaphore>>,
    idle: Mutex<Vec<Lane>>,
    /// How many there are.
    lanes: usize,
}

impl Group {
    fn new(options: &SqliteConnectOptions, limit: Duration, lanes: usize, usual: Option<usize>) -> Arc<Self> {
        let idle = (0..lanes).map(|_| Lane { connection: None, watch: Watch::new(limit) }).collect();
        let (free, usual) = (Arc::new(Semaphore::new(lanes)), usual.map(|usual| Arc::new(Semaphore::new(usual))));
        let waiting = Waiting::new(lanes);
        Arc::new(Self { options: options.clone(), free, waiting, usual, idle: Mutex::new(idle), lanes })
    }

    fn connections(&self) -> Connections {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let open = idle.iter().filter(|lane| lane.connection.is_some()).count();
        Connections { used: self.lanes - idle.len(), idle: open, most: self.lanes }
    }

    /// A permit for one of the usual connections; `None` for one more than usual.
    async fn usual(&self, acquire_timeout: Duration) -> Option<OwnedSemaphorePermit> {
        let usual = self.usual.clone()?;
        if let Ok(permit) = usual.clone().try_acquire_owned() {
            return Some(permit);
        }
        tokio::time::timeout(PATIENCE.min(acquire_timeout), usual.acquire_owned()).await.ok()?.ok()
    }

    async fn lease(self: &Arc<Self>, acquire_timeout: Duration) -> Result<Lease, DbErr> {
        let begun = Instant::now();
        let usual = self.usual(acquire_timeout).await;
        let too_late = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let left = acquire_timeout.saturating_sub(begun.elapsed());
                let waiter = self.waiting.join(left).ok_or_else(too_late)?;
                let waiting = tokio::time::timeout(left, self.free.clone().acquire_owned());
                // The semaphores are never closed.
                let Ok(Ok(permit)) = waiting.await else { return Err(too_late()) };
                waiter.served();
                permit
            }
        };
        let lane = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lane = lane.ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let held =
            Held { group: self.clone(), watch: lane.watch, connection: lane.connection, _permits: (permit, usual) };
        let mut lease = Lease { held: Some(held), turn: None, in_transaction: false, worn: false };
        if let Some(held) = lease.held.as_mut().filter(|held| held.connection.is_none()) {
            held.open(None).await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?;
        }
        Ok(lease)
    }
}

impl Lanes {
    /// One connection that writes, two that read for those who are about to write, and as many others that read.
    pub(super) fn new(options: &SqliteConnectOptions, limit: Duration, readers: usize) -> Self {
        // More readers than processors are no faster.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let readers = readers.max(1);
        let pages = (PAGES / readers).clamp(PAGES_OF_EACH.0, PAGES_OF_EACH.1);
        // A negative number counts KiB.
        let reading = options.clone().pragma("cache_size", format!("-{pages}"));
        Self {
            writes: Group::new(options, limit, 1, None),
            before_writes: Group::new(&reading, limit, BEFORE_WRITES.0, None),
            reads: Group::new(&reading, limit, readers, Some(2 * processors)),
            turns: Turns::new(processors),
        }
    }

    /// How the connections are used.
    pub(super) fn connections(&self) -> Connections {
        let mut all = self.writes.connections();
        all.add(self.before_writes.connections());
        all.add(self.reads.connections());
        all
    }

    /// How many writers wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.turns.waiting_writers()
    }

    /// The connection that writes; requests for it are served in their order.
    ///
    /// # Errors
    /// As when a pool has no connection, when it does not come in time.
    pub(super) async fn writer(&self, acquire_timeout: Duration) -> Result<Lease, DbErr> {
        let mut turn = self.turns.write();
        let mut lease = self.writes.lease(acquire_timeout).await?;
        turn.begin();
        lease.turn = Some(Turn::Write(turn));
        Ok(lease)
    }

    /// A connection for a read of somebody who is about to write; `None` if there is none at the moment. Their statements
    /// are short, so nobody takes turns with them.
    pub(super) async fn reader_of_writers(&self, acquire_timeout: Duration) -> Option<Lease> {
        self.before_writes.lease(BEFORE_WRITES.1.min(acquire_timeout / 2)).await.ok()
    }

    /// A connection that reads.
    ///
    /// # Errors
    /// As when a pool has no connection, when none comes in time.
    pub(super) async fn reader(&self, acquire_timeout: Duration) -> Result<Lease, DbErr> {
        let begun = Instant::now();
        // First the connection: when writers pause, those with a connection read at once, and they are few.
        let mut lease = self.reads.lease(acquire_timeout).await?;
        // Both waits together have this limit.
        let left = acquire_timeout.saturating_sub(begun.elapsed());
        let turn = tokio::time::timeout(left, self.turns.read()).await;
        lease.turn = Some(Turn::Read(turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?));
        Ok(lease)
    }
}

/// What a lease is counted as.
enum Turn {
    Read(#[expect(dead_code, reason = "dropped at the end")] ReadTurn),
    Write(#[expect(dead_code, reason = "dropped at the end")] WriteTurn),
}

/// A connection that is held exclusively, on its way back to the others when it is dropped.
struct Held {
    group: Arc<Group>,
    watch: Arc<Watch>,
    connection: Option<SqliteConnection>,
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl Held {
    /// Opens a connection, or another one, that reads this many rows ahead of its reader.
    async fn open(&mut self, ahead: Option<usize>) -> sqlx::Result<()> {
        let options = self.group.options.clone();
        let options = ahead.map_or(options.clone(), |ahead| options.row_buffer_size(ahead));
        let mut connection = options.connect().await?;
        let watch = self.watch.clone();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || watch.may_go_on());
        self.connection = Some(connection);
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let connection = self.connection.take();
        // A connection that is gone may still work on its last statement, which its watch is to stop.
        let watch = match connection.is_some() {
            true => self.watch.clone(),
            false => Watch::new(self.watch.limit),
        };
        watch.rest();
        let lane = Lane { connection, watch };
        self.group.idle.lock().unwrap_or_else(PoisonError::into_inner).push(lane);
    }
}

/// A connection that is held exclusively until this is dropped. A transaction that is open then is rolled back.
pub(crate) struct Lease {
    held: Option<Held>,
    turn: Option<Turn>,
    in_transaction: bool,
    /// It has read so much that its memory is better given back: what SQLite keeps lies between what was read, and no
    /// allocator gives such memory back before that is gone, too.
    worn: bool,
}

/// A statement on its way.
type Sent<'q> = sqlx::query::Query<'q, Sqlite, SqlxValues>;

fn query(statement: &mut Statement) -> Sent<'_> {
    let values = statement.values.take().unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

impl Lease {
    /// Runs a statement of this connection, no longer than its limit and no longer than its result is awaited.
    async fn timed<'a, T, F>(&'a mut self, statement: impl FnOnce(&'a mut SqliteConnection) -> F) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let Some(Held { connection: Some(connection), watch, .. }) = &mut self.held else {
            return Err(sqlx::Error::WorkerCrashed);
        };
        let mut running = watch.begin();
        let done = statement(connection).await;
        running.ended = true;
        done
    }

    pub(super) async fn all(&mut self, mut statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let rows = self.timed(|connection| query(&mut statement).fetch_all(connection)).await.map_err(failed_query)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// The same as long as the budget lasts.
    pub(super) async fn all_within(
        &mut self,
        statement: Statement,
        budget: &Budget,
        one_by_one: bool,
    ) -> Result<Vec<QueryResult>, Halted> {
        if let Some(held) = self.held.as_mut().filter(|_| one_by_one) {
            held.open(Some(1)).await.map_err(rows::failed)?;
            self.worn = true;
        }
        let Some(Held { connection: Some(connection), watch, .. }) = &mut self.held else {
            return Err(rows::failed(sqlx::Error::WorkerCrashed));
        };
        let mut running = watch.begin();
        let done = rows::sqlite(connection, statement, budget).await;
        running.ended = !matches!(done, Err(Halted::Budget(_) | Halted::Wait));
        drop(running);
        self.worn |= budget.is_large();
        done
    }

    pub(super) async fn one(&mut self, mut statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let row = self.timed(|connection| query(&mut statement).fetch_optional(connection)).await;
        Ok(row.map_err(failed_query)?.map(QueryResult::from))
    }

    pub(super) async fn execute(&mut self, mut statement: Statement) -> Result<ExecResult, DbErr> {
        let done = self.timed(|connection| query(&mut statement).execute(connection)).await;
        done.map(ExecResult::from).map_err(failed)
    }

    pub(super) async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = AssertSqlSafe(sql.to_owned());
        self.timed(|connection| connection.execute(sql)).await.map(ExecResult::from).map_err(failed)
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&mut self) -> Result<(), DbErr> {
        self.execute_unprepared("BEGIN IMMEDIATE").await?;
        self.in_transaction = true;
        Ok(())
    }

    pub(super) async fn commit(&mut self) -> Result<(), DbErr> {
        // The limit is that of statements: a COMMIT that is stopped half-way would be rolled back.
        self.untimed("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> Result<(), DbErr> {
        self.untimed("ROLLBACK").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn untimed(&mut self, sql: &'static str) -> Result<(), DbErr> {
        let Some(Held { connection: Some(connection), .. }) = &mut self.held else {
            return Err(failed(sqlx::Error::WorkerCrashed));
        };
        connection.execute(sql).await.map(drop).map_err(failed)
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn failed_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.turn = None;
        let Some(mut held) = self.held.take() else { return };
        if self.worn {
            // Stops what may still be running, as well.
            held.connection = None;
            return;
        }
        let left = held.watch.left.load(Ordering::Relaxed);
        if !left && !self.in_transaction {
            return;
        }
        let (in_transaction, connection) = (self.in_transaction, held.connection.take());
        let Some(mut connection) = connection else { return };
        // Where nothing could wait for it, closing the connection stops and rolls back as well.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // The statement that was left is about to stop. The next user must not find it there, nor take its
            // order to stop for its own.
            let ready = match in_transaction {
                true => connection.execute("ROLLBACK").await.is_ok(),
                false => sqlx::Connection::ping(&mut connection).await.is_ok(),
            };
            held.connection = ready.then_some(connection);
            drop(held);
        });
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

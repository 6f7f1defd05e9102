//! A part of the connections of the process, and the connections that it keeps between statements.
//!
//! sqlx returns a connection in a task, after a ping: a second round trip for each statement. So a part keeps the
//! connections whose last statement has ended well for its next statements. A kept connection counts as used for sqlx.
//! Three rules ensure that nobody who asks sqlx itself waits for a connection that is only kept: a part keeps connections
//! only while sqlx has another free one of this part, `Pools::db` returns them if it finds no
//! part with a free one, and a connection that was not used for [`KEPT`] is returned.

use std::sync::Arc;
#[cfg(feature = "postgres")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "postgres")]
use std::sync::{Mutex, PoisonError, Weak};
#[cfg(feature = "postgres")]
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;
use sea_orm::DbBackend;
#[cfg(feature = "postgres")]
use sqlx::pool::PoolConnection;
#[cfg(feature = "postgres")]
use sqlx::{PgPool, Postgres};
#[cfg(feature = "postgres")]
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[cfg(feature = "postgres")]
use super::stale;
use super::state::Connections;

/// How long a connection is kept after its last statement.
#[cfg(feature = "postgres")]
const KEPT: Duration = Duration::from_secs(1);

/// How long a connection is kept in all. sqlx then checks whether it has become too old.
#[cfg(feature = "postgres")]
const LONGEST_KEPT: Duration = Duration::from_secs(60);

/// A part of more than this many connections has one more than the framework normally uses, for code of the application
/// that asks sqlx itself. So under load a connection goes from statement to statement, and sqlx has a free one.
#[cfg(feature = "postgres")]
const RESERVE: usize = 2;

/// The connections of a worker.
pub(super) struct Part {
    db: DatabaseConnection,
    /// The message that begins a transaction, where transactions share sessions.
    #[cfg(feature = "postgres")]
    begin: Option<Arc<str>>,
    /// A place for each connection that the framework uses at the same time.
    #[cfg(feature = "postgres")]
    places: Arc<Semaphore>,
    /// Whether there is one more place than usual.
    #[cfg(feature = "postgres")]
    is_reserve_lent: AtomicBool,
    #[cfg(feature = "postgres")]
    kept: Mutex<Vec<Kept>>,
    /// Whether a task returns kept connections that are not used.
    #[cfg(feature = "postgres")]
    is_watched: AtomicBool,
}

/// The right to use a connection of a part, until it is dropped.
#[cfg(feature = "postgres")]
pub(super) struct Place {
    part: Arc<Part>,
    permit: Option<OwnedSemaphorePermit>,
}

#[cfg(feature = "postgres")]
impl Place {
    pub(super) fn part(&self) -> Arc<Part> {
        self.part.clone()
    }

    /// The message that begins a transaction, where transactions share sessions.
    pub(super) fn begin(&self) -> Option<Arc<str>> {
        self.part.begin.clone()
    }
}

#[cfg(feature = "postgres")]
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take()
            && self.part.is_reserve_lent.swap(false, Ordering::AcqRel)
        {
            // The reserve is taken back.
            permit.forget();
        }
    }
}

/// A connection that is kept for the next statement.
#[cfg(feature = "postgres")]
pub(super) struct Kept {
    pub(super) connection: PoolConnection<Postgres>,
    /// When sqlx has handed it out, and with that checked it.
    pub(super) taken: Instant,
    /// When its last statement ended.
    used: Instant,
}

impl Part {
    pub(super) fn new(db: DatabaseConnection, #[cfg(feature = "postgres")] begin: Option<Arc<str>>) -> Arc<Self> {
        #[cfg(feature = "postgres")]
        let places = match db.get_database_backend() {
            DbBackend::Postgres => {
                let all = db.get_postgres_connection_pool().options().get_max_connections() as usize;
                Arc::new(Semaphore::new(if all > RESERVE { all - 1 } else { all.max(1) }))
            }
            _ => Arc::new(Semaphore::new(1)),
        };
        Arc::new(Self {
            #[cfg(feature = "postgres")]
            places,
            #[cfg(feature = "postgres")]
            is_reserve_lent: AtomicBool::new(false),
            #[cfg(feature = "postgres")]
            begin,
            db,
            #[cfg(feature = "postgres")]
            kept: Mutex::default(),
            #[cfg(feature = "postgres")]
            is_watched: AtomicBool::new(false),
        })
    }

    /// The pool, for SeaORM.
    pub(super) fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// How its connections are used.
    pub(super) fn in_use(&self) -> Connections {
        match self.db.get_database_backend() {
            #[cfg(feature = "postgres")]
            DbBackend::Postgres => {
                let (pool, kept) = (self.pool(), self.kept().len());
                let idle = pool.num_idle();
                // What is kept counts as used for sqlx.
                let used = (pool.size() as usize).saturating_sub(idle + kept);
                Connections { used, idle: idle + kept, most: pool.options().get_max_connections() as usize }
            }
            #[cfg(feature = "sqlite")]
            DbBackend::Sqlite => {
                let pool = self.db.get_sqlite_connection_pool();
                let idle = pool.num_idle();
                let used = (pool.size() as usize).saturating_sub(idle);
                Connections { used, idle, most: pool.options().get_max_connections() as usize }
            }
            _ => Connections::default(),
        }
    }
}

#[cfg(feature = "postgres")]
impl Part {
    pub(super) fn is_postgres(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    fn pool(&self) -> &PgPool {
        self.db.get_postgres_connection_pool()
    }

    /// Waits for a place, behind those who came before.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        match self.places.clone().acquire_owned().await {
            Ok(permit) => Place { part: self.clone(), permit: Some(permit) },
            Err(_) => unreachable!("the semaphore is never closed"),
        }
    }

    /// A place, if one is free and nobody waits for it.
    pub(super) fn try_place(self: &Arc<Self>) -> Option<Place> {
        let permit = self.places.clone().try_acquire_owned().ok()?;
        Some(Place { part: self.clone(), permit: Some(permit) })
    }

    /// Lends the reserve to the queue, until a place becomes free.
    pub(super) fn lend_reserve(&self) {
        let has_reserve = self.pool().options().get_max_connections() as usize > RESERVE;
        if has_reserve && self.is_free() && !self.is_reserve_lent.swap(true, Ordering::AcqRel) {
            self.places.add_permits(1);
        }
    }

    /// A connection from sqlx.
    pub(super) async fn acquire(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        self.pool().acquire().await
    }

    /// How many connections it has.
    pub(super) fn connections(&self) -> usize {
        if self.is_postgres() { self.pool().options().get_max_connections() as usize } else { 0 }
    }

    pub(super) fn acquire_timeout(&self) -> Duration {
        self.pool().options().get_acquire_timeout()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pool().is_closed()
    }

    /// Whether sqlx has an open connection that nobody uses.
    pub(super) fn has_idle(&self) -> bool {
        self.pool().num_idle() > 0
    }

    /// Whether sqlx would hand out a connection without a wait.
    pub(super) fn is_free(&self) -> bool {
        let pool = self.pool();
        pool.num_idle() > 0 || pool.size() < pool.options().get_max_connections()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept connection that was used last, if it may still be used.
    pub(super) fn take_kept(&self) -> Option<Kept> {
        loop {
            let kept = self.kept().pop()?;
            let is_good = !stale::is_closed_since(kept.taken) && kept.taken.elapsed() < LONGEST_KEPT;
            if is_good && !self.pool().is_closed() {
                return Some(kept);
            }
            drop(kept);
        }
    }

    /// Keeps a connection whose last statement has ended well, or returns it to sqlx.
    pub(super) fn keep(self: &Arc<Self>, connection: PoolConnection<Postgres>, taken: Instant) {
        if !self.is_free() || self.pool().is_closed() {
            return drop(connection);
        }
        self.kept().push(Kept { connection, taken, used: Instant::now() });
        if !self.is_watched.swap(true, Ordering::AcqRel) {
            tokio::spawn(watch(Watching(Arc::downgrade(self))));
        }
    }

    /// Returns all kept connections to sqlx. It needs a runtime for that; on a thread without one they stay.
    pub(super) fn return_kept(&self) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        drop(std::mem::take(&mut *self.kept()));
    }

    /// Returns the kept connections that were not used for a while. Whether others remain.
    fn return_unused(&self) -> bool {
        let mut kept = self.kept();
        // The one that was used last is the last.
        let unused = kept.iter().take_while(|kept| kept.used.elapsed() >= KEPT).count();
        let unused: Vec<Kept> = kept.drain(..unused).collect();
        let remain = !kept.is_empty();
        drop(kept);
        drop(unused);
        remain
    }
}

/// A part whose kept connections are watched, until this is dropped, even together with its runtime.
#[cfg(feature = "postgres")]
struct Watching(Weak<Part>);

#[cfg(feature = "postgres")]
impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(part) = self.0.upgrade() {
            part.is_watched.store(false, Ordering::Release);
        }
    }
}

/// Returns kept connections that are not used, until none are kept.
#[cfg(feature = "postgres")]
async fn watch(watching: Watching) {
    loop {
        tokio::time::sleep(KEPT).await;
        let Some(part) = watching.0.upgrade() else { return };
        if !part.return_unused() {
            return;
        }
    }
}

/// sqlx returns a connection in a task. Where there is no runtime for it, the connection is closed instead.
#[cfg(feature = "postgres")]
impl Drop for Part {
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_err() {
            for kept in self.kept().drain(..) {
                drop(kept.connection.detach());
            }
        }
    }
}

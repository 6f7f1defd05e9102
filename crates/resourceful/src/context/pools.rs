//! The connections of the process, divided among the threads that serve requests.
//!
//! A connection belongs to the runtime of the thread that opened it: on another thread, each response of the database
//! wakes the first thread, which wakes the second. So each worker of the server has its own part of the connections. The
//! parts together have as many connections as the settings allow, and each has at least [`LEAST`]; code outside of workers
//! has the first part. Where there are too few connections for that, several workers share a part.
//!
//! Each part has a queue. Whoever finds their own part busy for [`STEP`] takes a connection of another part, if one is free
//! there, and looks again from time to time; meanwhile they keep their place in the queue of their own part. After
//! [`LONG`] the connections that are reserved for code of the application are lent to the queues. So nobody waits long
//! while any connection of the process is free, and a long transaction of one worker does not stop its other requests.
//!
//! All together are one queue for the question whether to wait at all: `waiting` refuses those who would get no connection in
//! time.
//!
//! How a part keeps connections between statements is described in `part`.

use std::sync::Arc;
#[cfg(feature = "postgres")]
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

#[cfg(feature = "postgres")]
use super::held::Held;
use super::part::Part;
#[cfg(feature = "postgres")]
use super::part::Place;
use super::state::Connections;
#[cfg(feature = "postgres")]
use super::waiting::Waiting;

/// The fewest connections of a part.
const LEAST: u32 = 3;

/// How long an open connection that seemed to be free is awaited.
#[cfg(feature = "postgres")]
const PATIENCE: Duration = Duration::from_millis(50);

/// How long a connection of the own part is awaited before another part is asked for the first time. The pauses double.
#[cfg(feature = "postgres")]
const STEP: Duration = Duration::from_millis(5);

/// The longest pause between two looks at other parts, and after how long the connections are lent that are reserved for
/// code of the application.
#[cfg(feature = "postgres")]
const LONG: Duration = Duration::from_millis(100);

mod worker {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Makes this thread a worker.
    pub(super) fn join() {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NUMBER.with(|number| {
            if number.get().is_none() {
                number.set(Some(NEXT.fetch_add(1, Ordering::Relaxed)));
            }
        });
    }

    /// The number of this worker; `None` outside of workers.
    pub(super) fn number() -> Option<usize> {
        NUMBER.with(Cell::get)
    }
}

/// Makes this thread one of those that serve requests and have their own part of the connections.
pub(crate) fn join_workers() {
    worker::join();
}

/// The number of the worker whose thread this is; `None` outside of workers.
#[cfg(feature = "postgres")]
pub(crate) fn worker_number() -> Option<usize> {
    worker::number()
}

/// How many connections each part has.
pub(super) fn shares(connections: u32, workers: usize) -> Vec<u32> {
    let workers = u32::try_from(workers).unwrap_or(u32::MAX);
    let wanted = if workers > 1 { workers.saturating_add(1) } else { 1 };
    let parts = wanted.min(connections / LEAST).max(1);
    // The first part is that of code outside of workers.
    let more = connections % parts;
    (0..parts).map(|part| connections / parts + u32::from(part >= parts - more)).collect()
}

/// All connections of the process.
pub(super) struct Pools {
    parts: Vec<Arc<Part>>,
    /// Those who wait for a connection of any part.
    #[cfg(feature = "postgres")]
    waiting: Waiting,
}

impl Pools {
    /// A pool for each part, at least one. `begin` is the message that begins a transaction, where transactions share
    /// sessions.
    pub(super) fn new(dbs: Vec<DatabaseConnection>, #[cfg(feature = "postgres")] begin: Option<&Arc<str>>) -> Self {
        #[cfg(feature = "postgres")]
        let part = |db| Part::new(db, begin.cloned());
        #[cfg(not(feature = "postgres"))]
        let part = Part::new;
        let parts: Vec<_> = dbs.into_iter().map(part).collect();
        Self {
            #[cfg(feature = "postgres")]
            waiting: Waiting::new(parts.iter().map(|part| part.connections()).sum()),
            parts,
        }
    }

    /// The number of the caller's part.
    pub(super) fn home(&self) -> usize {
        match (worker::number(), self.parts.len()) {
            (None, _) | (_, 1) => 0,
            (Some(number), parts) => 1 + number % (parts - 1),
        }
    }

    /// The pool of the caller's part, or that of another part that has a free connection.
    pub(super) fn db(&self) -> &DatabaseConnection {
        let own = &self.parts[self.home()];
        #[cfg(feature = "postgres")]
        if own.is_postgres() && !own.is_free() {
            if let Some(other) = self.parts.iter().find(|part| part.is_free()) {
                return other.db();
            }
            self.parts.iter().for_each(|part| part.return_kept());
        }
        own.db()
    }

    /// The part of code outside of workers.
    pub(super) fn outside(&self) -> &DatabaseConnection {
        self.parts[0].db()
    }

    /// The kind of database.
    pub(super) fn backend(&self) -> sea_orm::DbBackend {
        self.outside().get_database_backend()
    }

    /// How the connections are used.
    pub(super) fn connections(&self) -> Connections {
        let mut all = Connections::default();
        self.parts.iter().for_each(|part| all.add(part.in_use()));
        all
    }

    /// Closes all connections.
    #[cfg(feature = "testing")]
    pub(super) async fn close(&self) {
        for part in &self.parts {
            #[cfg(feature = "postgres")]
            part.return_kept();
            let _ = part.db().clone().close().await;
        }
    }
}

#[cfg(feature = "postgres")]
impl Pools {
    /// Waits for a connection.
    ///
    /// # Errors
    /// If none becomes free in time, at once if that can be foreseen; or if PostgreSQL cannot be reached.
    pub(super) async fn acquire(&self) -> sqlx::Result<Held> {
        // To close the pool that code outside of workers has means to close the database.
        if self.parts[0].is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        let own = &self.parts[self.home()];
        if let Some(place) = own.try_place() {
            if let Some(kept) = own.take_kept() {
                return Ok(Held::new(place, kept.connection, kept.taken, false));
            }
            drop(place);
        }
        // The rest is rare, and its future is large: as a part of the futures of all statements it would be moved with them.
        Box::pin(self.acquire_or_wait()).await
    }

    async fn acquire_or_wait(&self) -> sqlx::Result<Held> {
        let begun = Instant::now();
        let home = self.home();
        let own = &self.parts[home];
        let waiter = self.waiting.join(own.acquire_timeout()).ok_or(sqlx::Error::PoolTimedOut)?;
        // All waits together have this limit.
        let until = begun + own.acquire_timeout();
        let mut place = std::pin::pin!(own.place());
        // The own part is worth a short wait, because other connections are slower here.
        let mut pause = STEP;
        loop {
            if let Ok(place) = tokio::time::timeout(pause.min(left(until)), &mut place).await {
                waiter.served();
                return self.acquire_at(home, place, until).await;
            }
            if let Some(held) = self.try_acquire_of_others(home, until).await {
                waiter.served();
                return held;
            }
            if begun.elapsed() >= LONG {
                self.parts.iter().for_each(|part| part.lend_reserve());
            }
            if left(until).is_zero() {
                return Err(sqlx::Error::PoolTimedOut);
            }
            pause = LONG.min(pause * 2);
        }
    }

    /// A connection of another part, if one is free and nobody waits for it.
    async fn try_acquire_of_others(&self, home: usize, until: Instant) -> Option<sqlx::Result<Held>> {
        for (at, part) in self.parts.iter().enumerate() {
            if at != home
                && let Some(place) = part.try_place()
                && let Some(held) = take(place, until).await
            {
                return Some(held);
            }
        }
        None
    }

    /// A connection for a place of the own part. It can take a moment: a connection may be on its way back to sqlx, and
    /// code of the application may use all of the part.
    async fn acquire_at(&self, home: usize, place: Place, until: Instant) -> sqlx::Result<Held> {
        let own = &self.parts[home];
        if let Some(kept) = own.take_kept() {
            return Ok(Held::new(place, kept.connection, kept.taken, false));
        }
        let mut connection = std::pin::pin!(own.acquire());
        let mut pause = STEP;
        loop {
            // A new connection takes longer, and is worth the wait.
            let patience = if own.is_free() && !own.has_idle() { left(until) } else { pause.min(left(until)) };
            if let Ok(connection) = tokio::time::timeout(patience, &mut connection).await {
                return Ok(Held::new(place, connection?, Instant::now(), false));
            }
            if let Some(held) = self.try_acquire_of_others(home, until).await {
                return held;
            }
            if left(until).is_zero() {
                return Err(sqlx::Error::PoolTimedOut);
            }
            pause = LONG.min(pause * 2);
        }
    }
}

/// The time that is left until then.
#[cfg(feature = "postgres")]
fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// A connection for this place of another worker's part, if its part is not busy.
#[cfg(feature = "postgres")]
async fn take(place: Place, until: Instant) -> Option<sqlx::Result<Held>> {
    let part = place.part();
    if let Some(kept) = part.take_kept() {
        return Some(Ok(Held::new(place, kept.connection, kept.taken, true)));
    }
    if !part.is_free() {
        return None;
    }
    // Another thread may be faster. A new connection takes longer, and its failure is the result.
    let patience = if part.has_idle() { PATIENCE.min(left(until)) } else { left(until) };
    match tokio::time::timeout(patience, part.acquire()).await {
        Ok(connection) => Some(connection.map(|connection| Held::new(place, connection, Instant::now(), true))),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_all_connections_and_at_least_three_each() {
        for (connections, workers, expected) in [
            (1, 2, &[1][..]),
            (5, 2, &[5]),
            (6, 2, &[3, 3]),
            (20, 1, &[20]),
            (20, 2, &[6, 7, 7]),
            (20, 8, &[3, 3, 3, 3, 4, 4]),
            (100, 4, &[20, 20, 20, 20, 20]),
        ] {
            let shares = shares(connections, workers);
            assert_eq!(shares, expected, "{connections} connections, {workers} workers");
            assert_eq!(shares.iter().sum::<u32>(), connections);
        }
    }
}

//! Work that is done again because another transaction was in its way.
//!
//! Many transactions that lock the same rows in different orders hold each other up until the database cancels most of
//! them; all at once again they would do the same again. So failed attempts are repeated one at a time, and the last
//! attempt runs alone. Those that wait hold no connection, and more than there are connections never begin: they wait
//! here and not for the pool, whose timeout is shorter than such a crowd takes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Context;

/// What can be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retried {
    /// A single write, which holds what it locks for a moment only. The first attempt begins at once.
    Statement,
    /// A transaction of the application, which may lock one row after another.
    Transaction,
}

/// The longest wait for others that are being repeated.
const CROWD: Duration = Duration::from_secs(10);

/// What all attempts of a context share.
pub(super) struct RetryQueue {
    /// A place for each connection.
    places: Semaphore,
    all: u32,
    /// The right to repeat.
    repeating: Semaphore,
    /// How many are being repeated, or wait for it.
    waiting: AtomicUsize,
}

impl RetryQueue {
    pub(super) fn new(connections: u32) -> Self {
        let all = connections.max(1);
        let places = Semaphore::new(all as usize);
        Self { places, all, repeating: Semaphore::new(1), waiting: AtomicUsize::new(0) }
    }
}

/// The attempts of one piece of work.
pub(crate) struct Attempts<'a> {
    ctx: &'a Context,
    kind: Retried,
    place: Option<SemaphorePermit<'a>>,
    repeats: Option<SemaphorePermit<'a>>,
    failed: bool,
}

impl Context {
    pub(crate) fn attempts(&self, kind: Retried) -> Attempts<'_> {
        Attempts { ctx: self, kind, place: None, repeats: None, failed: false }
    }
}

impl Attempts<'_> {
    /// Waits until the next attempt may begin; the last one, until nothing else runs.
    ///
    /// # Errors
    /// As when the pool has no connection, when the first attempt cannot begin in time.
    pub(crate) async fn begin(&mut self, last: bool) -> Result<(), DbErr> {
        // SQLite's writers have a queue of their own; work that holds a place already must not wait for another.
        let is_free = self.kind == Retried::Statement || self.ctx.backend() != DbBackend::Postgres;
        if is_free || self.ctx.is_within_transaction() {
            return Ok(());
        }
        let queue = &self.ctx.0.retries;
        let wanted = if last { queue.all } else { 1 };
        let place = queue.places.acquire_many(wanted);
        let mut place = std::pin::pin!(place);
        let mut waited = Duration::ZERO;
        loop {
            let timeout = self.ctx.write_queue().acquire_timeout();
            if let Ok(place) = tokio::time::timeout(timeout, &mut place).await {
                // The semaphore is never closed.
                self.place = place.ok();
                return Ok(());
            }
            waited += timeout;
            let crowded = queue.waiting.load(Ordering::Relaxed) > 0;
            if self.failed && waited >= CROWD {
                return Ok(());
            }
            if !self.failed && (!crowded || waited >= CROWD) {
                return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
            }
        }
    }

    /// The attempt has failed and may be repeated: waits until nothing else of this process is being repeated.
    pub(crate) async fn wait_to_repeat(&mut self) {
        self.place = None;
        if !self.failed {
            self.failed = true;
            let queue = &self.ctx.0.retries;
            queue.waiting.fetch_add(1, Ordering::Relaxed);
            if !self.ctx.is_within_transaction() {
                let permit = tokio::time::timeout(CROWD, queue.repeating.acquire()).await;
                self.repeats = permit.ok().and_then(Result::ok);
            }
        }
    }
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        if self.failed {
            self.ctx.0.retries.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

//! Repeats work that failed because of a concurrent transaction.
//!
//! If many transactions lock the same rows in different orders, they block each other until the database cancels most of
//! them. If all were repeated at the same time, the same would happen again. So failed attempts are repeated one at a
//! time, and the last attempt runs alone. Work that waits holds no connection. There are never more running pieces of
//! work than connections: the others wait here and not for the pool, whose timeout would be too short.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Context;

/// The kinds of work that can be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retried {
    /// A single write, which holds its locks only for a short time. The first attempt begins immediately.
    Statement,
    /// A transaction of the application, which may lock one row after another.
    Transaction,
}

/// The longest wait for others that are being repeated.
const CROWD: Duration = Duration::from_secs(10);

/// The state that all attempts of a context share.
pub(super) struct RetryQueue {
    /// One permit for each connection.
    places: Semaphore,
    all: u32,
    /// The permit to repeat.
    repeating: Semaphore,
    /// The number of pieces of work that are being repeated, or wait for that.
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
    /// Waits until the next attempt may begin. The last attempt waits until nothing else runs.
    ///
    /// # Errors
    /// The same error as for a pool without a free connection, if the first attempt cannot begin in time.
    pub(crate) async fn begin(&mut self, last: bool) -> Result<(), DbErr> {
        // SQLite's writers have their own queue. Work that has a permit already must not wait for a second one.
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

    /// Called after an attempt failed that may be repeated. Waits until this process repeats nothing else.
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

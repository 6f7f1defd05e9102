//! Work that is done again because it stood in somebody else's way.
//!
//! Many transactions that lock the same rows in different orders hold each other up until the database gives most of
//! them up; all at once again they would do the same again. So what has collided is done again one at a time, and at the
//! last attempt alone. Those that wait hold no connection, and more than there are connections never begin: it is here
//! that they wait, and not for the pool, whose patience a crowd like that outlasts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbBackend, DbErr};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Context;

/// What can be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retried {
    /// A write of ours, which holds what it locks for a moment only. The first attempt asks nobody.
    Statement,
    /// A transaction of the application, which may lock one row after another.
    Transaction,
}

/// How long anybody waits for those that collide, where somebody does.
const CROWD: Duration = Duration::from_secs(10);

pub(super) struct Crossings {
    /// A place for each connection.
    places: Semaphore,
    all: u32,
    /// The right to be done again.
    again: Semaphore,
    /// How many wait to be done again, or are.
    colliding: AtomicUsize,
}

impl Crossings {
    pub(super) fn new(connections: u32) -> Self {
        let all = connections.max(1);
        Self { places: Semaphore::new(all as usize), all, again: Semaphore::new(1), colliding: AtomicUsize::new(0) }
    }
}

/// One piece of work on its way through its attempts.
pub(crate) struct Crossing<'a> {
    ctx: &'a Context,
    kind: Retried,
    place: Option<SemaphorePermit<'a>>,
    turn: Option<SemaphorePermit<'a>>,
    collided: bool,
}

impl Context {
    pub(crate) fn crossing(&self, kind: Retried) -> Crossing<'_> {
        Crossing { ctx: self, kind, place: None, turn: None, collided: false }
    }
}

impl Crossing<'_> {
    /// Waits until the next attempt may begin; until nothing else is under way, for the last.
    ///
    /// # Errors
    /// As when the pool has no connection, when the first attempt does not come in time.
    pub(crate) async fn enter(&mut self, last: bool) -> Result<(), DbErr> {
        // SQLite's writers have a queue of their own; who holds a place already must not wait for another.
        if self.kind == Retried::Statement || self.ctx.backend() != DbBackend::Postgres || self.ctx.is_inside() {
            return Ok(());
        }
        let crossings = &self.ctx.0.crossings;
        let wanted = if last { crossings.all } else { 1 };
        let place = crossings.places.acquire_many(wanted);
        let mut place = std::pin::pin!(place);
        let mut waited = Duration::ZERO;
        loop {
            let patience = self.ctx.gate().patience();
            if let Ok(place) = tokio::time::timeout(patience, &mut place).await {
                // The semaphore is never closed.
                self.place = place.ok();
                return Ok(());
            }
            waited += patience;
            let crowded = crossings.colliding.load(Ordering::Relaxed) > 0;
            if self.collided && waited >= CROWD {
                return Ok(());
            }
            if !self.collided && (!crowded || waited >= CROWD) {
                return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
            }
        }
    }

    /// The attempt has collided: waits until nothing else of this process is being done again.
    pub(crate) async fn collided(&mut self) {
        self.place = None;
        if !self.collided {
            self.collided = true;
            let crossings = &self.ctx.0.crossings;
            crossings.colliding.fetch_add(1, Ordering::Relaxed);
            if !self.ctx.is_inside() {
                let turn = tokio::time::timeout(CROWD, crossings.again.acquire()).await;
                self.turn = turn.ok().and_then(Result::ok);
            }
        }
    }
}

impl Drop for Crossing<'_> {
    fn drop(&mut self) {
        if self.collided {
            self.ctx.0.crossings.colliding.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

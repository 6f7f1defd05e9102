//! The connections to the mail server: a bound for all, and those that wait for the next mail.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::connection::Connection;

/// How long a connection waits for the next mail. Servers close one after some minutes (RFC 5321 section 4.5.3.2.7).
const IDLE: Duration = Duration::from_secs(30);

/// The most mails that go over one connection. Some servers allow only so many.
const MAILS: u32 = 100;

pub(super) struct Pool {
    permits: Semaphore,
    idle: Mutex<Vec<(Connection, Instant)>>,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { permits: Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)), idle: Mutex::default() }
    }

    /// The right to have one connection, in the order of requests.
    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.permits.acquire().await.ok()
    }

    /// A connection that waits for a mail. Those that have waited too long are closed.
    pub(super) fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    /// Takes a connection back, if it can be used again.
    ///
    /// The caller still has its permit, so connections in use and idle ones are together no more than permits.
    pub(super) fn keep(&self, connection: Connection) {
        if connection.is_usable() && connection.mails() < MAILS {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push((connection, Instant::now()));
        }
    }
}

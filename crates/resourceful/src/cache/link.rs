//! Whether this process hears what other processes change.
//!
//! What this process keeps is used for one second after the last successful check began, and not longer.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a successful check counts.
const COUNTS: Duration = Duration::from_secs(1);

/// The state of the connection to other processes.
pub(super) struct Link {
    pub(super) start: Once,
    base: Instant,
    /// The time until which the last check counts, in microseconds since `base`.
    until: AtomicU64,
    lost: AtomicBool,
}

impl Default for Link {
    fn default() -> Self {
        Self { start: Once::new(), base: Instant::now(), until: AtomicU64::new(0), lost: AtomicBool::new(false) }
    }
}

impl Link {
    pub(super) fn is_in_sync(&self) -> bool {
        self.time(Instant::now()) < self.until.load(Ordering::SeqCst)
    }

    /// A check that began at this time was successful.
    pub(super) fn checked(&self, began: Instant) {
        self.until.store(self.time(began + COUNTS), Ordering::SeqCst);
    }

    /// Whether the connection was lost. Then everything becomes outdated when it is back, so that invalidations need not be
    /// told one by one.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    /// Sets whether the connection is lost, and returns whether it was.
    pub(super) fn set_lost(&self, lost: bool) -> bool {
        if lost {
            self.until.store(0, Ordering::SeqCst);
        }
        self.lost.swap(lost, Ordering::SeqCst)
    }

    fn time(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.base).as_micros()).unwrap_or(u64::MAX)
    }
}

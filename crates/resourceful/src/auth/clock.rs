//! The clock, which tests can replace.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The source of the time.
pub(crate) trait Clock: Send + Sync + 'static {
    /// The time of day, for `exp`, `nbf` and `iat`: seconds since 1970.
    fn seconds(&self) -> f64;
    /// The monotonic time, for the age of a key set.
    fn instant(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn seconds(&self) -> f64 {
        // A time before 1970 is an error of the clock. With infinity every token is expired, which is safe.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(f64::INFINITY, |since| since.as_secs_f64())
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

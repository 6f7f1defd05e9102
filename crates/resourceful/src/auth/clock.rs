//! The time, so that tests can move it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where the time comes from.
pub(crate) trait Clock: Send + Sync + 'static {
    /// The time of day, for `exp`, `nbf` and `iat`: seconds since 1970.
    fn seconds(&self) -> f64;
    /// The time that never jumps, for the age of a key set.
    fn instant(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn seconds(&self) -> f64 {
        // A clock before 1970 is broken; infinity lets every token be expired, which is the safe reading.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(f64::INFINITY, |since| since.as_secs_f64())
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

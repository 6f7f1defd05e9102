//! Connections that are not used again.
//!
//! A prepared statement of PostgreSQL whose result has changed its type (`ALTER COLUMN .. TYPE`, and a column more or
//! less where the statement names none) fails again and again, on every connection that has prepared it. And it is
//! unknown what comes over a connection whose answer did not come in time. Both concern all connections of the process, so
//! what is remembered is the moment: connections that are older are closed instead of used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "postgres")]
use std::time::Duration;
use std::time::Instant;

use sea_orm::DbErr;

use super::outcome::is_stale_plan;

/// How often a statement is run at most while plans go stale: once, and once more for each change of the table
/// meanwhile.
pub(super) const ATTEMPTS: u32 = 3;

/// The moment before which a connection was opened that is not used again, in nanoseconds after [`start`]; 0 for none.
static SINCE: AtomicU64 = AtomicU64::new(0);

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// A moment, as nanoseconds after the first that was asked for.
pub(super) fn nanos(moment: Instant) -> u64 {
    u64::try_from(moment.saturating_duration_since(start()).as_nanos()).unwrap_or(u64::MAX)
}

/// No connection that is open now is used again.
pub(super) fn close_all() {
    // Those opened in the very moment of the start are older, too.
    SINCE.fetch_max(nanos(Instant::now()).max(1), Ordering::Relaxed);
}

/// Whether a connection of this age is not used again.
#[cfg(feature = "postgres")]
pub(super) fn is_stale(age: Duration) -> bool {
    match SINCE.load(Ordering::Relaxed) {
        0 => false,
        since => Instant::now().checked_sub(age).is_none_or(|opened| nanos(opened) <= since),
    }
}

/// Where the statement failed because its plan is older than its table: other connections have such plans as well, so
/// none of them is used again.
pub(crate) fn close_if_stale(error: &DbErr) -> bool {
    let stale = is_stale_plan(error);
    if stale {
        close_all();
    }
    stale
}

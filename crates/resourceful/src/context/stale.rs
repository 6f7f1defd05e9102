//! Connections that must not be used again.
//!
//! A prepared statement of PostgreSQL whose result type has changed (`ALTER COLUMN .. TYPE`, or an added or removed column
//! if the statement does not list its columns) fails each time, on every connection that has prepared it. And if a response
//! did not arrive in time, it may arrive later on the same connection. Both apply to all connections of the process. So
//! the time is recorded, and connections that were opened before it are closed and not used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "postgres")]
use std::time::Duration;
use std::time::Instant;

use sea_orm::DbErr;

use super::outcome::is_stale_plan;

/// The most attempts for a statement whose plan is out of date: one, and one more for each change of the table in the
/// meantime.
pub(super) const ATTEMPTS: u32 = 3;

/// Connections that were opened before this time are not used again. In nanoseconds after [`start`]; 0 for none.
static SINCE: AtomicU64 = AtomicU64::new(0);

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// A time, in nanoseconds after the first call.
pub(super) fn nanos(moment: Instant) -> u64 {
    u64::try_from(moment.saturating_duration_since(start()).as_nanos()).unwrap_or(u64::MAX)
}

/// Prevents further use of all connections that are open now.
pub(super) fn close_all() {
    // Never 0, so that connections that were opened at the start are included.
    SINCE.fetch_max(nanos(Instant::now()).max(1), Ordering::Relaxed);
}

/// Whether a connection of this age must not be used again.
#[cfg(feature = "postgres")]
pub(super) fn is_stale(age: Duration) -> bool {
    match SINCE.load(Ordering::Relaxed) {
        0 => false,
        since => Instant::now().checked_sub(age).is_none_or(|opened| nanos(opened) <= since),
    }
}

/// Whether all connections that were open at this time must not be used again.
#[cfg(feature = "postgres")]
pub(super) fn is_closed_since(moment: Instant) -> bool {
    match SINCE.load(Ordering::Relaxed) {
        0 => false,
        since => nanos(moment) <= since,
    }
}

/// If the statement failed because its plan is older than its table, other connections have such plans too, so none of
/// them is used again.
pub(crate) fn close_if_stale(error: &DbErr) -> bool {
    let stale = is_stale_plan(error);
    if stale {
        close_all();
    }
    stale
}

//! What a cache has done, in numbers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The number of places in which threads count, so that they seldom disturb each other.
const PLACES: usize = 16;

/// What a cache has done in this process since it was made; see [`Cache::stats`](super::Cache::stats).
///
/// Each call of [`get`](super::Cache::get), [`get_or_set`](super::Cache::get_or_set) or a cached function, and each request for
/// an answer that is kept, is one of `hits`, `shared_hits` and `misses`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Values that were found in the memory of this process.
    pub hits: u64,
    /// Values that were found in the store that processes share.
    pub shared_hits: u64,
    /// Values that were found nowhere. Of those who miss a value at the same time, one loads it and the others wait.
    pub misses: u64,
    /// Loads that ended with a value or an error. Those that were dropped before do not count.
    pub loads: u64,
    /// Loads that ended with an error. It is a part of `loads`.
    pub failures: u64,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Memory,
    Store,
    /// Another caller loaded it at the same time.
    Awaited,
    Loaded,
}

#[derive(Default)]
#[repr(align(128))]
struct Place {
    hits: AtomicU64,
    shared_hits: AtomicU64,
    misses: AtomicU64,
    loads: AtomicU64,
    failures: AtomicU64,
}

/// Counts.
#[derive(Default)]
pub(super) struct Counts([Place; PLACES]);

impl Counts {
    /// One value was asked for, and found there.
    pub(super) fn found(&self, source: Source) {
        let place = self.place();
        let count = match source {
            Source::Memory => &place.hits,
            Source::Store => &place.shared_hits,
            Source::Awaited | Source::Loaded => &place.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// One value was asked for, and found nowhere.
    pub(super) fn missed(&self) {
        self.place().misses.fetch_add(1, Ordering::Relaxed);
    }

    /// One load has ended.
    pub(super) fn loaded(&self, failed: bool) {
        let place = self.place();
        place.loads.fetch_add(1, Ordering::Relaxed);
        place.failures.fetch_add(failed.into(), Ordering::Relaxed);
    }

    pub(super) fn sum(&self) -> CacheStats {
        let sum = |of: fn(&Place) -> &AtomicU64| self.0.iter().map(|place| of(place).load(Ordering::Relaxed)).sum();
        CacheStats {
            hits: sum(|place| &place.hits),
            shared_hits: sum(|place| &place.shared_hits),
            misses: sum(|place| &place.misses),
            loads: sum(|place| &place.loads),
            failures: sum(|place| &place.failures),
        }
    }

    fn place(&self) -> &Place {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % PLACES;
        }
        &self.0[OWN.with(|own| *own)]
    }
}

//! Counts invalidations. A value that was read before an invalidation is never used after it, however long its load took.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of counters. Tags with the same counter are invalidated together, which costs a load and nothing else.
const COUNTERS: usize = 16 * 1024;

/// The state of a tag at one moment, in this process. Two that are equal have no invalidation between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch {
    era: u64,
    count: u64,
}

/// The state of all tags of a value when its load began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    era: u64,
    /// Whether other processes could not be heard. Such a value is kept for a short time only.
    pub(super) alone: bool,
    tags: Box<[(u32, u64)]>,
}

/// One counter for each group of tags, and one for all values together. The memory does not grow with the number of tags.
pub(super) struct Marks {
    hasher: RandomState,
    counters: Box<[AtomicU64]>,
    era: AtomicU64,
}

impl Marks {
    pub(super) fn new() -> Self {
        let counters = (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self { hasher: RandomState::new(), counters, era: AtomicU64::new(0) }
    }

    pub(super) fn epoch(&self, tag: &str) -> Epoch {
        Epoch { era: self.era(), count: self.counters[self.place(tag)].load(Ordering::SeqCst) }
    }

    pub(super) fn stamp(&self, tags: &[&str], alone: bool) -> Stamp {
        let of = |tag: &&str| {
            let place = self.place(tag);
            (u32::try_from(place).unwrap_or(u32::MAX), self.counters[place].load(Ordering::SeqCst))
        };
        Stamp { era: self.era(), alone, tags: tags.iter().map(of).collect() }
    }

    /// Whether nothing of this was invalidated since.
    pub(super) fn is_current(&self, stamp: &Stamp) -> bool {
        let current = |(place, count): &(u32, u64)| self.counters[*place as usize].load(Ordering::SeqCst) == *count;
        stamp.era == self.era() && stamp.tags.iter().all(current)
    }

    pub(super) fn invalidate(&self, tag: &str) {
        self.counters[self.place(tag)].fetch_add(1, Ordering::SeqCst);
    }

    /// Invalidates every value.
    pub(super) fn invalidate_all(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    fn era(&self) -> u64 {
        self.era.load(Ordering::SeqCst)
    }

    fn place(&self, tag: &str) -> usize {
        // The remainder is below 16,384.
        (self.hasher.hash_one(tag) % COUNTERS as u64) as usize
    }
}

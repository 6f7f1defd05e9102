//! The values in this process: a bounded number of bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;

use super::marks::Stamp;

/// What an entry needs in addition to its key and its value, roughly.
const OVERHEAD: usize = 200;

/// One value.
pub(super) struct Entry {
    pub(super) value: Bytes,
    pub(super) stamp: Stamp,
    ttl: Duration,
}

pub(super) struct Near {
    entries: Cache<Arc<str>, Arc<Entry>>,
    /// The largest value. A larger one would evict too many others.
    largest: usize,
}

/// Gives each entry its own time to live.
struct OwnTime;

impl Expiry<Arc<str>, Arc<Entry>> for OwnTime {
    fn expire_after_create(&self, _: &Arc<str>, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    // Without this, an entry that replaces another keeps the time of the old one.
    fn expire_after_update(
        &self,
        _: &Arc<str>,
        entry: &Arc<Entry>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl Near {
    /// Holds at most this number of bytes.
    pub(super) fn new(limit: u64) -> Self {
        let weigh = |key: &Arc<str>, entry: &Arc<Entry>| {
            u32::try_from(key.len() + entry.value.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let entries = Cache::builder().max_capacity(limit).weigher(weigh).expire_after(OwnTime).build();
        Self { entries, largest: usize::try_from(limit / 8).unwrap_or(usize::MAX) }
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.entries.get(key)
    }

    pub(super) fn put(&self, key: Arc<str>, value: Bytes, stamp: Stamp, ttl: Duration) {
        if ttl.is_zero() || key.len() + value.len() > self.largest {
            self.entries.invalidate(&*key);
            return;
        }
        // A slice of a larger buffer would keep the whole buffer in memory, which the weigher cannot see.
        let value = Bytes::copy_from_slice(&value);
        self.entries.insert(key, Arc::new(Entry { value, stamp, ttl }));
    }

    pub(super) fn remove(&self, key: &str) {
        self.entries.invalidate(key);
    }

    pub(super) fn clear(&self) {
        self.entries.invalidate_all();
    }

    /// The bytes of all values.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }
}

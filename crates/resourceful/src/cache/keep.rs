//! How long a value is kept, and under which tags.

use std::time::Duration;

/// The longest time to live.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long a value is kept, and what makes it outdated.
///
/// ```
/// use std::time::Duration;
/// use resourceful::cache::Keep;
///
/// let keep = Keep::new(Duration::from_secs(60)).tags(&["projects", "users"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep<'a> {
    pub(super) ttl: Duration,
    pub(super) tags: &'a [&'a str],
}

impl Keep<'static> {
    /// Keeps a value for at most this time. Values expire up to a tenth earlier, so that those that were made together do
    /// not expire together. With zero nothing is kept.
    pub fn new(ttl: Duration) -> Self {
        Keep { ttl: ttl.min(LONGEST), tags: &[] }
    }

    /// The longest time.
    pub(super) fn longest() -> Self {
        Self::new(LONGEST)
    }
}

impl Keep<'_> {
    /// The value is outdated as soon as one of these tags is invalidated; see
    /// [`Cache::invalidate_tag`](super::Cache::invalidate_tag).
    pub fn tags<'b>(self, tags: &'b [&'b str]) -> Keep<'b> {
        Keep { ttl: self.ttl, tags }
    }

    /// The time to live of one value, with jitter: between nine tenths of the whole time and all of it.
    pub(super) fn jittered(self) -> Duration {
        let tenth = self.ttl / 10;
        self.ttl - tenth.mul_f64(f64::from(random() % 1000) / 1000.0)
    }
}

/// A number that differs from call to call. It need not be hard to guess.
fn random() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    thread_local!(static SEED: (RandomState, std::cell::Cell<u64>) = (RandomState::new(), std::cell::Cell::new(0)));
    SEED.with(|(state, count)| {
        count.set(count.get().wrapping_add(1));
        // The lower half of a 64-bit hash
        (state.hash_one(count.get()) & u64::from(u32::MAX)) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_differ_within_a_tenth() {
        let keep = Keep::new(Duration::from_secs(100));
        let all: Vec<Duration> = (0..200).map(|_| keep.jittered()).collect();
        assert!(all.iter().all(|ttl| (90..=100).contains(&ttl.as_secs()) && *ttl <= keep.ttl), "{all:?}");
        assert!(all.iter().any(|ttl| *ttl < Duration::from_secs(95)));
        assert!(all.iter().any(|ttl| *ttl > Duration::from_secs(95)));
        assert_eq!(Keep::new(Duration::MAX).ttl, LONGEST);
        assert_eq!(Keep::new(Duration::ZERO).jittered(), Duration::ZERO);
    }
}

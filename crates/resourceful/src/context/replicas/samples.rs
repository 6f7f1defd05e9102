//! Which positions the primary had in the last seconds. How far a replica is behind is found with them, without any clock but
//! that of this process.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lsn::Lsn;

/// The most samples. With more, those in between would be too close to each other to matter.
const MOST: u32 = 128;

/// Positions of the primary, the oldest first.
pub(super) struct Samples {
    all: Mutex<VecDeque<(Instant, Lsn)>>,
    /// How long a sample is of use.
    kept: Duration,
}

impl Samples {
    pub(super) fn new(kept: Duration) -> Self {
        Self { all: Mutex::default(), kept }
    }

    /// Adds a position that the primary said when it was asked at this time: everything that was committed before is in it.
    pub(super) fn add(&self, asked: Instant, position: Lsn) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.back().is_some_and(|(_, last)| position < *last) {
            // Another server is the primary now, and has lost the last writes of the one before.
            all.clear();
        }
        // The last two are close to each other, until the later one is old enough to take the place of the first.
        if all.len() >= 2 && asked.saturating_duration_since(all[all.len() - 2].0) < self.kept / MOST {
            all.pop_back();
        }
        if all.back().is_none_or(|(last, _)| *last <= asked) {
            all.push_back((asked, position));
        }
        // One that is older says how far a replica is behind that is not used.
        while all.get(1).is_some_and(|(next, _)| next.elapsed() > self.kept) {
            all.pop_front();
        }
    }

    /// The last time at which the primary had nothing that a replica at this position does not have; `None` if that is
    /// longer ago than anything that is known.
    pub(super) fn current_at(&self, position: Lsn) -> Option<Instant> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().rev().find(|(_, sample)| *sample <= position).map(|(asked, _)| *asked)
    }

    /// Whether there are samples from before this time ago.
    pub(super) fn reach_back(&self, time: Duration) -> bool {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.front().is_some_and(|(asked, _)| asked.elapsed() >= time)
    }

    /// Forgets everything, because another server is the primary.
    pub(super) fn clear(&self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_was_current_when_the_primary_was_last_asked_and_had_no_more() {
        let samples = Samples::new(Duration::from_secs(10));
        let begun = Instant::now();
        let at = |seconds: u64| begun + Duration::from_secs(seconds);
        for (seconds, position) in [(0, 100), (1, 200), (2, 200), (3, 300)] {
            samples.add(at(seconds), Lsn::new(position));
        }
        for (position, expected) in [(99, None), (100, Some(0)), (199, Some(0)), (200, Some(2)), (1_000, Some(3))] {
            assert_eq!(samples.current_at(Lsn::new(position)), expected.map(at), "{position}");
        }
        // A server that was promoted without the last writes
        samples.add(at(4), Lsn::new(250));
        assert_eq!(samples.current_at(Lsn::new(240)), None);
        assert_eq!(samples.current_at(Lsn::new(250)), Some(at(4)));
    }

    #[test]
    fn their_number_is_bounded() {
        let samples = Samples::new(Duration::from_secs(10));
        let begun = Instant::now();
        for number in 0..100_000 {
            samples.add(begun + Duration::from_micros(number * 100), Lsn::new(number));
        }
        assert!(samples.all.lock().unwrap().len() <= MOST as usize + 2);
        // The last one is always there.
        assert_eq!(samples.current_at(Lsn::UNKNOWN), Some(begun + Duration::from_micros(9_999_900)));
    }
}

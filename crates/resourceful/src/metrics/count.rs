//! Numbers that many threads raise at the same time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only rises.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The number so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper bounds of the buckets of requests: from 1 ms to 10 s.
const OF_REQUESTS: [Duration; 13] = [
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// Those of work inside of a request: from 0.1 ms to 5 s.
const OF_PARTS: [Duration; 13] = [
    Duration::from_micros(100),
    Duration::from_micros(500),
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// Times, counted by how long they were. Its size is fixed.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: &'static [Duration; 13],
    /// One for each bound, and one for what is longer than all of them.
    counts: [AtomicU64; 14],
    /// The sum of all times. It overflows after 584 years.
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// For whole requests.
    pub(crate) fn of_requests() -> Self {
        Self::new(&OF_REQUESTS)
    }

    /// For work inside of a request, which is shorter.
    pub(crate) fn of_parts() -> Self {
        Self::new(&OF_PARTS)
    }

    fn new(bounds: &'static [Duration; 13]) -> Self {
        Self { bounds, counts: Default::default(), nanoseconds: AtomicU64::new(0) }
    }

    /// Counts a time.
    pub(crate) fn observe(&self, time: Duration) {
        let bucket = self.bounds.iter().position(|bound| time <= *bound).unwrap_or(self.bounds.len());
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The bounds, each with the number of times that were at most so long; the number of all times; their sum in seconds.
    pub(super) fn read(&self) -> (Vec<(Duration, u64)>, u64, f64) {
        let mut sum = 0;
        let mut counts = self.counts.iter().map(|count| {
            sum += count.load(Ordering::Relaxed);
            sum
        });
        let buckets = self.bounds.iter().copied().zip(&mut counts).collect();
        let all = counts.next().unwrap_or_default();
        (buckets, all, Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_bucket_of_their_bound() {
        let histogram = Histogram::of_requests();
        for (time, bucket) in [
            (Duration::ZERO, 0),
            (Duration::from_millis(1), 0),
            (Duration::from_micros(1_001), 1),
            (Duration::from_millis(500), 8),
            (Duration::from_secs(10), 12),
            (Duration::from_nanos(10_000_000_001), 13),
            (Duration::from_secs(1 << 30), 13),
        ] {
            let before: Vec<u64> = histogram.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
            histogram.observe(time);
            for (at, count) in histogram.counts.iter().enumerate() {
                assert_eq!(count.load(Ordering::Relaxed), before[at] + u64::from(at == bucket), "{time:?} in {at}");
            }
        }
        let (buckets, all, _) = histogram.read();
        assert_eq!((buckets[0].1, buckets[1].1, buckets[12].1, all), (2, 3, 5, 7), "buckets contain the smaller ones");
    }

    #[test]
    fn bounds_rise() {
        for bounds in [&OF_REQUESTS, &OF_PARTS] {
            assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}

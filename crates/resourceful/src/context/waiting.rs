//! Who waits for a connection. A request that would get none in time is refused at once, so that its client does not wait in
//! vain, and the server does not keep what belongs to it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So many may wait in any case, for each connection and in all.
const ALWAYS: (usize, usize) = (2, 32);

/// How much longer than the limit a wait must seem to be. The estimate follows a change of the load with a delay.
const MARGIN: u64 = 2;

/// The weight of a new observation is one in this number.
const INERTIA: u64 = 8;

/// The queue for the connections of a database, all parts together.
#[derive(Debug)]
pub(super) struct Waiting {
    waiting: AtomicUsize,
    /// Nanoseconds in which the queue becomes one shorter, as those have seen it who got a connection.
    pace: AtomicU64,
    always: usize,
}

/// Somebody who waits, until this is dropped.
#[derive(Debug)]
pub(super) struct Waiter<'a> {
    queue: &'a Waiting,
    /// How many have come before.
    ahead: usize,
    begun: Instant,
}

impl Waiting {
    /// A queue for this number of connections.
    pub(super) fn new(connections: usize) -> Self {
        let always = connections.saturating_mul(ALWAYS.0).max(ALWAYS.1);
        Self { waiting: AtomicUsize::new(0), pace: AtomicU64::new(0), always }
    }

    /// Joins the queue; `None` for somebody who would wait for far longer than the limit.
    pub(super) fn join(&self, limit: Duration) -> Option<Waiter<'_>> {
        let ahead = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiter = Waiter { queue: self, ahead, begun: Instant::now() };
        (!self.is_hopeless(ahead, limit)).then_some(waiter)
    }

    /// A queue that is short is never refused: then no connection is unused while somebody would need it, and the pace is
    /// observed again after it has changed.
    fn is_hopeless(&self, ahead: usize, limit: Duration) -> bool {
        let pace = self.pace.load(Ordering::Relaxed);
        let wait = Duration::from_nanos(pace.saturating_mul(ahead as u64) / MARGIN);
        ahead >= self.always && wait > limit
    }

    fn observe(&self, ahead: usize, waited: Duration) {
        // The others see mostly how long a single statement takes.
        if ahead < self.always / 2 {
            return;
        }
        let seen = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX) / (ahead as u64 + 1);
        let pace = self.pace.load(Ordering::Relaxed);
        // Another thread may observe at the same time; one of the two is then lost.
        self.pace.store(pace - pace / INERTIA + seen / INERTIA, Ordering::Relaxed);
    }
}

impl Waiter<'_> {
    /// The wait has ended well.
    pub(super) fn served(self) {
        self.queue.observe(self.ahead, self.begun.elapsed());
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    #[test]
    fn only_who_would_wait_far_too_long_is_refused() {
        // Ten connections, and statements that take a second: ten leave the queue in each second.
        let queue = Waiting::new(10);
        assert!((0..500).all(|ahead| !queue.is_hopeless(ahead, LIMIT)), "before anything is known");
        for ahead in (20..200).cycle().take(1_000) {
            queue.observe(ahead, Duration::from_millis(100 * (ahead as u64 + 1)));
        }
        let first = (0..500).find(|ahead| queue.is_hopeless(*ahead, LIMIT)).expect("a long queue is refused");
        assert!((58..=62).contains(&first), "{first}");
        // The statements are a thousand times faster now, and a few observations are enough.
        (0..100).for_each(|_| queue.observe(30, Duration::from_millis(3)));
        assert!((0..500).all(|ahead| !queue.is_hopeless(ahead, LIMIT)));
    }

    #[test]
    fn a_short_queue_is_never_refused() {
        let queue = Waiting::new(10);
        queue.observe(30, Duration::MAX);
        let waiters: Vec<_> = (0..32).map_while(|_| queue.join(LIMIT)).collect();
        assert_eq!(waiters.len(), 32);
        assert!(queue.join(LIMIT).is_none());
        drop(waiters);
        assert!(queue.join(LIMIT).is_some(), "those who have gone are not counted");
        assert_eq!(queue.waiting.load(Ordering::Relaxed), 0);
    }
}

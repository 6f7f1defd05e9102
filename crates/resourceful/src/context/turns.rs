//! Readers and writers of SQLite share the processors: beside writers, readers run for half of the time.
//!
//! SQLite lets readers and one writer work at the same time, but the same few threads serve both. Next to concurrent reads,
//! each write would wait for its turn on a processor again and again. So the time is divided while there are writers:
//! readers are admitted when there was no reader for as long as there were some.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How far writes can be ahead of reads: after many writes, a burst of reads stops others no longer than this.
const LEAD: Duration = Duration::from_millis(50);

/// How far reads can be ahead of writes. Lists that sort many rows take tenths of a second each: they count in full, or
/// writes would get the little time between them. After one very long read, all others wait no longer than this, and only
/// while there are writers.
const DEBT: Duration = Duration::from_secs(1);

/// After this time without a writer, there are none: those who write one row after another have pauses, too.
const PAUSE: Duration = Duration::from_millis(5);

/// How far reads can be ahead of writes and need not wait for the end of such a pause.
const LITTLE: Duration = Duration::from_millis(2);

/// The least and the longest time that a reader waits before it asks again whether it may go, in case that one long write
/// is the only event.
const ASK_AGAIN: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// The turns of a database.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
    /// The number of readers that are admitted at the same time while there are writers.
    together: usize,
}

#[derive(Debug)]
struct State {
    /// Writers that write or wait.
    writers: usize,
    /// Whether one of them writes.
    is_writing: bool,
    /// The time with readers beside writers minus the time without readers, in nanoseconds; until `counted`.
    ahead: i64,
    counted: Instant,
    /// How long there have been neither readers nor writers.
    idle: Duration,
    reading: usize,
    waiting: VecDeque<oneshot::Sender<ReadTurn>>,
}

/// A writer, from its coming to its going.
#[derive(Debug)]
pub(super) struct WriteTurn {
    turns: Arc<Turns>,
    is_writing: bool,
}

/// A reader, from its admission to its going.
#[derive(Debug)]
pub(super) struct ReadTurn {
    /// `None` for a turn that was not used.
    turns: Option<Arc<Turns>>,
}

impl Turns {
    pub(super) fn new(together: usize) -> Arc<Self> {
        let state = State {
            writers: 0,
            is_writing: false,
            ahead: 0,
            counted: Instant::now(),
            idle: Duration::ZERO,
            reading: 0,
            waiting: VecDeque::new(),
        };
        Arc::new(Self { state: Mutex::new(state), together: together.max(1) })
    }

    /// A writer comes.
    pub(super) fn write(self: &Arc<Self>) -> WriteTurn {
        let mut state = self.state();
        state.count();
        state.writers += 1;
        WriteTurn { turns: self.clone(), is_writing: false }
    }

    /// Waits until a reader may read.
    pub(super) async fn read(self: &Arc<Self>) -> ReadTurn {
        let mut turn = {
            let mut state = self.state();
            if state.waiting.is_empty() && state.admits(self.together) {
                state.reading += 1;
                return ReadTurn { turns: Some(self.clone()) };
            }
            let (sender, turn) = oneshot::channel();
            // Readers that are gone do not accumulate; to look for them now and then is enough.
            if state.waiting.len().is_power_of_two() {
                state.waiting.retain(|waiting| !waiting.is_closed());
            }
            state.waiting.push_back(sender);
            turn
        };
        loop {
            self.admit();
            let pause = self.state().until_reads();
            if let Ok(Ok(admitted)) = tokio::time::timeout(pause, &mut turn).await {
                return admitted;
            }
        }
    }

    /// Admits the readers whose turn it is.
    fn admit(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            if state.waiting.is_empty() || !state.admits(self.together) {
                return;
            }
            let Some(next) = state.waiting.pop_front() else { return };
            state.reading += 1;
            drop(state);
            // A reader that is gone returns its turn here: its `drop` would call this function again, for any number of
            // readers.
            if let Err(mut unused) = next.send(ReadTurn { turns: Some(self.clone()) }) {
                unused.turns = None;
                self.state().reading -= 1;
            }
        }
    }

    /// How many writers wait for their turn.
    pub(super) fn waiting_writers(&self) -> usize {
        let state = self.state();
        state.writers - usize::from(state.is_writing)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether one more reader may read, of whom so many read together beside writers.
    fn admits(&mut self, together: usize) -> bool {
        self.count();
        if self.writers == 0 {
            return self.ahead <= nanoseconds(LITTLE) || self.idle >= PAUSE;
        }
        self.ahead <= 0 && self.reading < together
    }

    /// When reads may go, if no other event comes before.
    fn until_reads(&self) -> Duration {
        let (least, most) = ASK_AGAIN;
        if self.writers == 0 && self.reading == 0 {
            return PAUSE.saturating_sub(self.idle).max(least);
        }
        if self.reading > 0 { most } else { Duration::from_nanos(self.ahead.max(0).unsigned_abs()).clamp(least, most) }
    }

    /// Counts the time since the last call. It is called before `writers` or `reading` changes.
    fn count(&mut self) {
        let now = Instant::now();
        let passed = now.duration_since(self.counted);
        self.counted = now;
        match (self.writers, self.reading) {
            (0, 0) => {
                self.idle += passed;
                self.add(-nanoseconds(passed));
            }
            (_, 0) => self.add(-nanoseconds(passed)),
            // Without a writer, nobody has to wait for what these take.
            (0, _) => {}
            _ => self.add(nanoseconds(passed)),
        }
        if self.writers > 0 || self.reading > 0 {
            self.idle = Duration::ZERO;
        }
    }

    fn add(&mut self, time: i64) {
        self.ahead = self.ahead.saturating_add(time).clamp(-nanoseconds(LEAD), nanoseconds(DEBT));
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl WriteTurn {
    /// The writer begins to write.
    pub(super) fn begin(&mut self) {
        self.is_writing = true;
        self.turns.state().is_writing = true;
    }
}

impl Drop for WriteTurn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.count();
        state.writers -= 1;
        if self.is_writing {
            state.is_writing = false;
        }
        drop(state);
        self.turns.admit();
    }
}

impl Drop for ReadTurn {
    fn drop(&mut self) {
        let Some(turns) = self.turns.take() else { return };
        let mut state = turns.state();
        state.count();
        state.reading -= 1;
        drop(state);
        turns.admit();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::{DEBT, LEAD, Turns};

    /// Whether a reader that comes now may read at once.
    fn may_read(turns: &std::sync::Arc<Turns>) -> bool {
        turns.read().now_or_never().is_some()
    }

    #[tokio::test]
    async fn without_a_writer_nobody_waits() {
        let turns = Turns::new(1);
        assert!((0..100).all(|_| may_read(&turns)));
    }

    #[tokio::test]
    async fn reads_that_took_more_time_than_writes_wait_for_writes() {
        let turns = Turns::new(2);
        let _waiting = turns.write();
        let long = turns.read().await;
        turns.state().add(super::nanoseconds(DEBT));
        drop(long);
        assert!(!may_read(&turns), "reads are ahead");
        turns.state().add(-super::nanoseconds(DEBT / 4));
        assert!(!may_read(&turns), "and still are: a long read is counted in full");
        // But only up to a bound: an hour of reading is made up for by that much writing.
        turns.state().add(3_600 * super::nanoseconds(DEBT));
        let mut writer = turns.write();
        writer.begin();
        turns.state().add(-super::nanoseconds(DEBT + LEAD));
        drop(writer);
        assert!(may_read(&turns), "writes are ahead");
    }

    #[tokio::test]
    async fn a_long_write_does_not_stop_reads() {
        let turns = Turns::new(1);
        let mut writer = turns.write();
        writer.begin();
        turns.state().add(super::nanoseconds(LEAD));
        assert!(!may_read(&turns));
        for _ in 0..3 {
            // Only the time of the write makes these possible.
            drop(turns.read().await);
        }
        drop(writer);
    }

    #[tokio::test]
    async fn the_last_writer_admits_all_that_wait() {
        let turns = Turns::new(1);
        let writer = turns.write();
        turns.state().add(super::nanoseconds(LEAD));
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                tokio::spawn({
                    let turns = turns.clone();
                    async move { drop(turns.read().await) }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(writer);
        for reader in waiting {
            reader.await.expect("there is no writer any more");
        }
    }

    #[tokio::test]
    async fn a_short_pause_of_the_writers_does_not_admit_reads_that_are_ahead() {
        let turns = Turns::new(1);
        let refused = (0..100).any(|_| {
            let writer = turns.write();
            turns.state().add(super::nanoseconds(DEBT));
            drop(writer);
            !may_read(&turns)
        });
        assert!(refused, "the next writer comes in a moment");
        turns.state().idle += super::PAUSE;
        assert!(may_read(&turns), "no writer came");
    }

    #[tokio::test]
    async fn reads_without_a_writer_are_not_counted() {
        let turns = Turns::new(1);
        let first = turns.read().await;
        let second = turns.read().await;
        std::thread::sleep(super::LITTLE * 2);
        drop((first, second));
        let _writer = turns.write();
        assert!(may_read(&turns));
    }

    #[tokio::test]
    async fn any_number_of_readers_can_leave() {
        let turns = Turns::new(1);
        let _writer = turns.write();
        let first = turns.read().now_or_never();
        assert!(first.is_some());
        assert!((0..20_000).all(|_| !may_read(&turns)));
        assert!(turns.state().waiting.len() < 100, "those that are gone do not accumulate");
        let mut left: Vec<_> = (0..20_000).map(|_| Box::pin(turns.read())).collect();
        assert!(left.iter_mut().all(|read| read.as_mut().now_or_never().is_none()));
        drop(left);
        drop(first);
        turns.state().add(-super::nanoseconds(DEBT));
        turns.admit();
        assert_eq!(turns.state().reading, 0);
        assert_eq!(turns.state().waiting.len(), 0);
        assert!(may_read(&turns));
    }

    #[tokio::test]
    async fn a_reader_that_leaves_passes_its_turn_on() {
        let turns = Turns::new(1);
        let _writer = turns.write();
        let first = turns.read().await;
        let mut second = Box::pin(turns.read());
        assert!(second.as_mut().now_or_never().is_none());
        let third = tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.read().await) }
        });
        tokio::task::yield_now().await;
        // The turn of the first is given to the second, which is gone before it takes it.
        drop(first);
        turns.state().add(-super::nanoseconds(Duration::from_secs(1)));
        turns.admit();
        drop(second);
        third.await.expect("it reads");
    }
}

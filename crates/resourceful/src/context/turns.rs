//! Readers and writers of SQLite share the processors: while writers wait, reads take as much time as writes do.
//!
//! SQLite lets readers and one writer work at the same time, but the same few threads serve both. Next to many concurrent
//! reads, each write would wait for its turn on a processor again and again. So the reads that come while there are
//! writers are counted: one is admitted when reads have taken no more time than writes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// How far one side can be ahead of the other. After one long read, all others wait no longer than this.
const LEAD: Duration = Duration::from_millis(50);

/// How long a reader waits before it asks again whether it may go, in case that one long write is the only event.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// The turns of a database.
#[derive(Debug)]
pub(super) struct Turns {
    state: Mutex<State>,
    /// The number of readers that are admitted at the same time while there are writers.
    together: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Writers that write or wait.
    writers: usize,
    /// Since when a writer writes.
    writing: Option<Instant>,
    /// The time of reads minus the time of writes, in nanoseconds.
    ahead: i64,
    /// Readers that were admitted while there were writers, and still read.
    reading: usize,
    waiting: VecDeque<oneshot::Sender<ReadTurn>>,
}

/// A writer, from its coming to its going.
#[derive(Debug)]
pub(super) struct WriteTurn {
    turns: Arc<Turns>,
    begun: Option<Instant>,
}

/// A reader that was admitted while there were writers.
#[derive(Debug)]
pub(super) struct ReadTurn {
    /// `None` for a turn that was not used.
    turns: Option<Arc<Turns>>,
    begun: Instant,
}

impl Turns {
    pub(super) fn new(together: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), together: together.max(1) })
    }

    /// A writer comes.
    pub(super) fn write(self: &Arc<Self>) -> WriteTurn {
        self.state().writers += 1;
        WriteTurn { turns: self.clone(), begun: None }
    }

    /// Waits until a reader may read: `None` if there is no writer.
    pub(super) async fn read(self: &Arc<Self>) -> Option<ReadTurn> {
        let mut turn = {
            let mut state = self.state();
            if state.writers == 0 {
                return None;
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
            if let Ok(admitted) = tokio::time::timeout(ASK_AGAIN, &mut turn).await {
                // A sender is dropped when the last writer has gone.
                return admitted.ok();
            }
        }
    }

    /// Admits the readers whose turn it is.
    fn admit(self: &Arc<Self>) {
        loop {
            let mut state = self.state();
            if state.writers == 0 {
                state.ahead = 0;
                let all = std::mem::take(&mut state.waiting);
                drop(state);
                drop(all);
                return;
            }
            if state.reading >= self.together || !state.is_turn_of_reads() {
                return;
            }
            let Some(next) = state.waiting.pop_front() else { return };
            state.reading += 1;
            drop(state);
            // A reader that is gone returns its turn here: its `drop` would call this function again, for any number of
            // readers.
            if let Err(mut unused) = next.send(ReadTurn { turns: Some(self.clone()), begun: Instant::now() }) {
                unused.turns = None;
                self.state().reading -= 1;
            }
        }
    }

    /// How many writers wait for their turn.
    pub(super) fn waiting_writers(&self) -> usize {
        let state = self.state();
        state.writers - usize::from(state.writing.is_some())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_turn_of_reads(&self) -> bool {
        let running = self.writing.map_or(0, |begun| nanoseconds(begun.elapsed()));
        self.ahead <= running
    }

    fn count(&mut self, time: i64) {
        let lead = nanoseconds(LEAD);
        self.ahead = (self.ahead + time).clamp(-lead, lead);
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl WriteTurn {
    /// The writer begins to write.
    pub(super) fn begin(&mut self) {
        let now = Instant::now();
        self.begun = Some(now);
        self.turns.state().writing = Some(now);
    }
}

impl Drop for WriteTurn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.writers -= 1;
        if let Some(begun) = self.begun {
            state.writing = None;
            state.count(-nanoseconds(begun.elapsed()));
        }
        drop(state);
        self.turns.admit();
    }
}

impl Drop for ReadTurn {
    fn drop(&mut self) {
        let Some(turns) = self.turns.take() else { return };
        let mut state = turns.state();
        state.reading -= 1;
        state.count(nanoseconds(self.begun.elapsed()));
        drop(state);
        turns.admit();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;

    use super::{LEAD, Turns};

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
        turns.state().count(1_000_000_000);
        drop(long);
        assert!(!may_read(&turns), "reads are ahead");
        // The lead is bounded, so one second of reading is made up for by the lead of writing.
        let mut writer = turns.write();
        writer.begin();
        turns.state().count(-super::nanoseconds(LEAD * 2));
        drop(writer);
        assert!(may_read(&turns), "writes are ahead");
    }

    #[tokio::test]
    async fn a_long_write_does_not_stop_reads() {
        let turns = Turns::new(1);
        let mut writer = turns.write();
        writer.begin();
        turns.state().count(super::nanoseconds(LEAD));
        assert!(!may_read(&turns));
        for _ in 0..3 {
            // Only the time of the write makes these possible.
            assert!(turns.read().await.is_some());
        }
        drop(writer);
    }

    #[tokio::test]
    async fn the_last_writer_admits_all_that_wait() {
        let turns = Turns::new(1);
        let writer = turns.write();
        turns.state().count(super::nanoseconds(LEAD));
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                tokio::spawn({
                    let turns = turns.clone();
                    async move { turns.read().await.is_some() }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(writer);
        for reader in waiting {
            assert!(!reader.await.expect("it does not panic"), "there is no writer any more");
        }
    }

    #[tokio::test]
    async fn any_number_of_readers_can_leave() {
        let turns = Turns::new(1);
        let _writer = turns.write();
        let first = turns.read().now_or_never().flatten();
        assert!(first.is_some());
        assert!((0..20_000).all(|_| !may_read(&turns)));
        assert!(turns.state().waiting.len() < 100, "those that are gone do not accumulate");
        let mut left: Vec<_> = (0..20_000).map(|_| Box::pin(turns.read())).collect();
        assert!(left.iter_mut().all(|read| read.as_mut().now_or_never().is_none()));
        drop(left);
        drop(first);
        turns.state().count(-super::nanoseconds(LEAD * 2));
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
            async move { turns.read().await.is_some() }
        });
        tokio::task::yield_now().await;
        // The turn of the first is given to the second, which is gone before it takes it.
        drop(first);
        turns.state().count(-super::nanoseconds(Duration::from_secs(1)));
        turns.admit();
        drop(second);
        assert!(third.await.expect("it does not panic"));
    }
}

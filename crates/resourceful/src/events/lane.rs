//! The messages of one kind, as a worker sees them: how many it delivers now, and whether their receiver answers.

use std::time::Duration;

use tokio::time::Instant;

use super::deliver::Receiver;

/// The longest pause of a kind whose receiver cannot be used.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A kind whose receiver cannot be used now.
struct Pause {
    until: Instant,
    length: Duration,
}

/// The messages of one kind.
pub(super) struct Lane {
    pub(super) kind: String,
    /// How many are being delivered.
    running: usize,
    /// Whether the last look found as many as could be taken.
    pub(super) is_more: bool,
    pause: Option<Pause>,
}

impl Lane {
    pub(super) fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), running: 0, is_more: false, pause: None }
    }

    /// How many messages may be taken now: after a pause one at a time, until one shows that the receiver answers.
    pub(super) fn free(&self, concurrency: usize) -> usize {
        match &self.pause {
            None => concurrency.saturating_sub(self.running),
            Some(pause) if Instant::now() >= pause.until && self.running == 0 => 1,
            Some(_) => 0,
        }
    }

    /// When the pause ends, if there is one and nothing is being delivered.
    pub(super) fn tried_at(&self) -> Option<Instant> {
        self.pause.as_ref().filter(|_| self.running == 0).map(|pause| pause.until)
    }

    pub(super) fn is_paused(&self) -> bool {
        self.pause.is_some()
    }

    /// So many messages were found. If there was none to try the receiver with, the pause is over.
    pub(super) fn took(&mut self, count: usize, free: usize) {
        self.running += count;
        self.is_more = count == free;
        if count == 0 {
            self.pause = None;
        }
    }

    /// A delivery has ended; `receiver` is what it says, if it did not panic. `first` is the length of a first pause.
    /// Whether messages may be looked for again.
    pub(super) fn ended(&mut self, receiver: Option<Receiver>, first: Duration) -> bool {
        self.running = self.running.saturating_sub(1);
        let kind = self.kind.as_str();
        match receiver {
            Some(Receiver::Unavailable(reason)) => {
                let now = Instant::now();
                let length = match &self.pause {
                    None => first,
                    Some(pause) if now >= pause.until => (pause.length * 2).min(LONGEST_PAUSE.max(first)),
                    // It failed together with others.
                    Some(_) => return false,
                };
                if self.pause.is_none() {
                    tracing::warn!(kind, reason, "what messages of this kind go to cannot be used; they wait");
                }
                self.pause = Some(Pause { until: now + length, length });
                false
            }
            Some(Receiver::Answers) => {
                if self.pause.take().is_some() {
                    tracing::info!(kind, "what messages of this kind go to can be used again");
                    return true;
                }
                self.is_more
            }
            None => self.is_more,
        }
    }
}

//! How many statements a request has run, and how long they took.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What a piece of work has used of the database.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// The statements that it ran itself. A read that went out together with those of other requests counts for the request
    /// that sent it. Beginning and ending a transaction do not count.
    pub(crate) statements: u32,
    /// The time until their results arrived.
    pub(crate) time: Duration,
    /// How many are running that count when they end.
    running: u32,
}

tokio::task_local! {
    static USAGE: Cell<Usage>;
}

/// Does this work, and counts what it uses.
pub(crate) async fn measured<T>(work: impl Future<Output = T>) -> (T, Usage) {
    let counted = async {
        let done = work.await;
        (done, USAGE.with(Cell::get))
    };
    USAGE.scope(Cell::default(), counted).await
}

/// Counts what a task of its own has used for the work that waits for it.
#[cfg(feature = "storage")]
pub(crate) fn add(used: Usage) {
    count(used.statements, used.time);
}

/// Counts a statement that took this time, unless it is one that [`counted`] counts.
pub(super) fn note(time: Duration) {
    if USAGE.try_with(|usage| usage.get().running == 0).unwrap_or(false) {
        count(1, time);
    }
}

fn count(statements: u32, time: Duration) {
    let _ = USAGE.try_with(|usage| {
        let now = usage.get();
        usage.set(Usage { statements: now.statements + statements, time: now.time + time, ..now });
    });
}

/// Runs a statement, and counts it for the work that it belongs to.
pub(super) async fn counted<T>(run: impl Future<Output = T>) -> T {
    if USAGE.try_with(|_| ()).is_err() {
        return run.await;
    }
    let running = Running::begin();
    let begun = Instant::now();
    let done = run.await;
    drop(running);
    count(1, begun.elapsed());
    done
}

/// A statement that counts when it ends. If it is dropped before, it does not.
struct Running;

impl Running {
    fn begin() -> Self {
        Self::change(|running| running + 1);
        Self
    }

    fn change(change: impl FnOnce(u32) -> u32) {
        let _ = USAGE.try_with(|usage| {
            let now = usage.get();
            usage.set(Usage { running: change(now.running), ..now });
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        Self::change(|running| running.saturating_sub(1));
    }
}

#[cfg(all(test, feature = "storage"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_task_of_its_own_uses_counts_for_the_work_that_waits_for_it() {
        let work = async {
            counted(async {}).await;
            let task = tokio::spawn(measured(async {
                counted(async {}).await;
                counted(async {}).await;
            }));
            let ((), used) = task.await.expect("no panic");
            add(used);
        };
        assert_eq!(measured(work).await.1.statements, 3);
    }
}

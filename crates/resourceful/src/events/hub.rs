//! What writers and the worker of one process share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// What writers and the worker of one process share; the context keeps one.
#[derive(Default)]
pub(crate) struct Hub {
    /// Whether the application uses the outbox: there is a table, and some process delivers.
    on: AtomicBool,
    wake: Notify,
    /// The kinds of which there are new messages.
    kinds: Mutex<BTreeSet<String>>,
}

impl Hub {
    /// The hub of an application that uses the outbox.
    pub(crate) fn on() -> Self {
        Self { on: AtomicBool::new(true), ..Self::default() }
    }

    pub(super) fn turn_on(&self) {
        self.on.store(true, Ordering::Release);
    }

    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Makes the worker look for messages of this kind now, or as soon as it has time.
    pub(super) fn wake(&self, kind: &str) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if !kinds.contains(kind) {
            kinds.insert(kind.to_owned());
        }
        drop(kinds);
        self.wake.notify_one();
    }

    /// The kinds of which there are new messages since this was asked last.
    pub(super) fn news(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.kinds.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

//! What writers and the worker of one process share.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// What writers and the worker of one process share; the context keeps one.
#[derive(Default)]
pub(crate) struct Hub {
    /// Whether the application uses the outbox: there is a table, and some process delivers.
    on: AtomicBool,
    wake: Notify,
}

impl Hub {
    /// The hub of an application that uses the outbox.
    pub(crate) fn on() -> Self {
        Self { on: AtomicBool::new(true), wake: Notify::new() }
    }

    pub(super) fn turn_on(&self) {
        self.on.store(true, Ordering::Release);
    }

    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Acquire)
    }

    /// Makes the worker look for messages now, or as soon as it has time.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

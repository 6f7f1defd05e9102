//! Looks at the primary and at the replicas from time to time, as long as requests come.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::state::Replicas;

/// How often a replica is looked at in the time that it may be behind, and the bounds of the pauses.
const LOOKS: u32 = 10;
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(500);

impl Replicas {
    /// Begins to look, unless it has begun. On a thread without a runtime nothing happens, and the primary answers.
    pub(super) fn watch(self: &Arc<Self>) {
        if self.is_watched.load(Ordering::Acquire) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.is_watched.swap(true, Ordering::AcqRel) {
            runtime.spawn(watch(Watching(Arc::downgrade(self))));
        }
    }

    fn pause(&self) -> Duration {
        (self.max_lag / LOOKS).clamp(SHORTEST, LONGEST)
    }
}

/// Replicas that are watched, until this is dropped, even together with its runtime.
struct Watching(Weak<Replicas>);

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(replicas) = self.0.upgrade() {
            replicas.is_watched.store(false, Ordering::Release);
        }
    }
}

/// Looks at all servers, until nobody has the replicas any more. A server that is slow does not delay the looks at others.
async fn watch(watching: Watching) {
    let Some(replicas) = watching.0.upgrade() else { return };
    let number = replicas.all.len();
    // The first comparison needs a position of the primary.
    let _ = replicas.primary.look().await;
    drop(replicas);
    let replicas = (0..number).map(|at| watch_replica(&watching.0, at));
    join(watch_primary(&watching.0), join_all(replicas)).await;
}

async fn watch_primary(replicas: &Weak<Replicas>) {
    let mut was_well = true;
    while let Some(replicas) = replicas.upgrade() {
        let pause = replicas.pause();
        let looked = replicas.primary.look().await;
        if let (true, Err(error)) = (was_well, &looked) {
            tracing::warn!(%error, "the primary does not say its position; its replicas are used for {:?} more", replicas.max_lag);
        }
        was_well = looked.is_ok();
        drop(replicas);
        tokio::time::sleep(pause).await;
    }
}

async fn watch_replica(replicas: &Weak<Replicas>, at: usize) {
    while let Some(replicas) = replicas.upgrade() {
        let pause = replicas.pause();
        replicas.look_at(at).await;
        drop(replicas);
        tokio::time::sleep(pause).await;
    }
}

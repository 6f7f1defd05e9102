//! Single flight: of many callers that miss the same key at the same time, one loads the value and the others wait for it.
//!
//! The caller who loads is the *leader*. A leader that disappears hands over to one of those that wait. After a leader that
//! failed, one other tries again; if that fails too, all that wait get its error.

use std::any::Any;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

use super::marks::Stamp;

/// The number of locks.
const STRIPES: usize = 256;

/// How often a value is loaded for the same callers before they get the error.
const ATTEMPTS: u32 = 2;

/// How long a caller waits for another one. After that it loads the value for itself.
const PATIENCE: Duration = Duration::from_secs(10);

type AnyError = Arc<dyn Any + Send + Sync>;

/// What happens with keys: the loads in progress, and the number of changes.
pub(super) struct Keys {
    hasher: RandomState,
    stripes: Box<[Mutex<Stripe>]>,
}

/// The keys that share a lock.
#[derive(Default)]
pub(super) struct Stripe {
    /// The number of changes. A load that began before a change does not overwrite it.
    pub(super) changes: u64,
    flights: HashMap<Arc<str>, Arc<Flight>>,
}

/// A load in progress.
struct Flight {
    stamp: Stamp,
    changes: u64,
    phase: watch::Sender<Phase>,
}

#[derive(Clone)]
enum Phase {
    /// Somebody loads the value.
    Loading,
    /// Nobody loads the value any more; the next one does.
    Free {
        failures: u32,
    },
    Loaded(Bytes),
    /// The value cannot be given to others.
    Unshared,
    Failed(AnyError),
}

/// A caller's part in a load.
pub(super) struct Seat<'a> {
    keys: &'a Keys,
    key: Arc<str>,
    flight: Arc<Flight>,
    phase: watch::Receiver<Phase>,
    /// The number of failed attempts before this one, if this caller is the leader.
    leads: Option<u32>,
}

/// What a caller gets from a load.
pub(super) enum Turn {
    /// It must load the value.
    Lead,
    Value(Bytes),
    Error(AnyError),
    /// It must load the value for itself only.
    Alone,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), stripes: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }

    pub(super) fn lock(&self, key: &str) -> MutexGuard<'_, Stripe> {
        // The remainder is below 256.
        let place = (self.hasher.hash_one(key) % STRIPES as u64) as usize;
        self.stripes[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the load of this key, or begins one. `stripe` is the lock of the key. A load that began before the last
    /// invalidation is not joined, since its value may be outdated.
    pub(super) fn join(&self, mut stripe: MutexGuard<'_, Stripe>, key: &str, stamp: Stamp) -> Seat<'_> {
        let changes = stripe.changes;
        let fits = |flight: &&Arc<Flight>| flight.changes == changes && flight.stamp == stamp;
        if let Some((key, flight)) = stripe.flights.get_key_value(key).filter(|(_, flight)| fits(flight)) {
            let (key, flight) = (key.clone(), flight.clone());
            return Seat { keys: self, key, phase: flight.phase.subscribe(), flight, leads: None };
        }
        let (sender, phase) = watch::channel(Phase::Loading);
        let flight = Arc::new(Flight { stamp, changes, phase: sender });
        let key: Arc<str> = Arc::from(key);
        stripe.flights.insert(key.clone(), flight.clone());
        Seat { keys: self, key, flight, phase, leads: Some(0) }
    }
}

impl Seat<'_> {
    pub(super) fn key(&self) -> &Arc<str> {
        &self.key
    }

    pub(super) fn stamp(&self) -> &Stamp {
        &self.flight.stamp
    }

    /// Waits until the value is loaded, or until this caller must load it.
    pub(super) async fn turn(&mut self) -> Turn {
        if self.leads.is_some() {
            return Turn::Lead;
        }
        tokio::time::timeout(PATIENCE, self.wait()).await.unwrap_or(Turn::Alone)
    }

    async fn wait(&mut self) -> Turn {
        loop {
            let phase = self.phase.borrow_and_update().clone();
            match phase {
                Phase::Loading => {}
                Phase::Free { .. } if self.takes_over() => return Turn::Lead,
                Phase::Free { .. } => continue,
                Phase::Loaded(value) => return Turn::Value(value),
                Phase::Unshared => return Turn::Alone,
                Phase::Failed(error) => return Turn::Error(error),
            }
            if self.phase.changed().await.is_err() {
                return Turn::Alone;
            }
        }
    }

    /// Becomes the leader, unless another one was faster.
    fn takes_over(&mut self) -> bool {
        let mut leads = None;
        self.flight.phase.send_if_modified(|phase| match phase {
            Phase::Free { failures } => {
                leads = Some(*failures);
                *phase = Phase::Loading;
                true
            }
            _ => false,
        });
        self.leads = leads;
        leads.is_some()
    }

    /// Ends the load. `keep` stores the value, unless its key was changed in the meantime; it runs under the lock of the key.
    pub(super) fn loaded(mut self, value: Bytes, keep: impl FnOnce(&Self)) {
        let mut stripe = self.keys.lock(&self.key);
        if stripe.changes == self.flight.changes {
            keep(&self);
        }
        self.end(&mut stripe, Phase::Loaded(value));
    }

    /// Ends the load with a value that cannot be given to others.
    pub(super) fn unshared(mut self) {
        let mut stripe = self.keys.lock(&self.key);
        self.end(&mut stripe, Phase::Unshared);
    }

    /// Hands over to another caller, or ends the load if it has failed too often.
    pub(super) fn failed(mut self, error: AnyError) {
        let failures = self.leads.unwrap_or_default() + 1;
        if failures < ATTEMPTS {
            // What happens with the seat of a leader that disappears
            self.leads = Some(failures);
            return;
        }
        let mut stripe = self.keys.lock(&self.key);
        self.end(&mut stripe, Phase::Failed(error));
    }

    fn end(&mut self, stripe: &mut Stripe, phase: Phase) {
        self.leads = None;
        remove(stripe, &self.key, &self.flight);
        self.flight.phase.send_replace(phase);
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut stripe = self.keys.lock(&self.key);
        if let Some(failures) = self.leads {
            self.flight.phase.send_replace(Phase::Free { failures });
        }
        let is_last = self.flight.phase.receiver_count() == 1;
        if is_last {
            remove(&mut stripe, &self.key, &self.flight);
        }
    }
}

/// Removes this load, but not a later one of the same key.
fn remove(stripe: &mut Stripe, key: &str, flight: &Arc<Flight>) {
    if stripe.flights.get(key).is_some_and(|current| Arc::ptr_eq(current, flight)) {
        stripe.flights.remove(key);
    }
}

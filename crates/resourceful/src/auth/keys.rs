//! The keys of one issuer: a fixed set, or a set that is fetched and cached.
//!
//! All requests share one fetch. It runs in its own task, so that a client that disconnects does not cancel it for the
//! others. A fetch that fails, or returns no usable key, never replaces a good set. A set is used until it expires, and
//! after that only while the issuer cannot be reached.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use super::Algorithm;
use super::clock::Clock;
use super::discovery::{DiscoveryError, KeysAt};
use super::fetch::{FetchError, FetchKeys, Fetched, MAX_KEY_SET_LENGTH};
use super::jwk::Key;
use super::jwks::{InvalidKeySet, KeySet};
use super::rejection::{Rejection, quoted};
use crate::error::{Error, Result, catalogue};

/// Timeouts, intervals and lifetimes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// How long a set is fresh if the response does not say so.
    pub(crate) fresh: Duration,
    /// The least and the most that the response can set.
    pub(crate) fresh_bounds: (Duration, Duration),
    /// How long an expired set is still used while the issuer cannot be reached.
    pub(crate) stale: Duration,
    /// Timeout of one fetch, including that of the metadata.
    pub(crate) timeout: Duration,
    /// Minimum interval between fetches for unknown keys.
    pub(crate) cooldown: Duration,
    /// Lifetime of a negative cache entry: how long one unknown key causes no other fetch.
    pub(crate) absent: Duration,
    /// Minimum interval between a failed fetch and the next.
    pub(crate) pause: Duration,
    /// The most fetches that may start within a time, for any reason.
    pub(crate) limit: (usize, Duration),
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            fresh: Duration::from_secs(10 * 60),
            fresh_bounds: (Duration::from_secs(60), Duration::from_secs(24 * 3600)),
            stale: Duration::from_secs(24 * 3600),
            timeout: Duration::from_secs(5),
            cooldown: Duration::from_secs(30),
            absent: Duration::from_secs(120),
            pause: Duration::from_secs(6),
            limit: (10, Duration::from_secs(60)),
        }
    }
}

/// The keys of one issuer.
#[derive(Clone)]
pub(crate) enum KeySource {
    Fixed(Arc<KeySet>),
    Fetched(Arc<Cache>),
}

impl KeySource {
    pub(crate) fn fixed(keys: KeySet) -> Self {
        Self::Fixed(Arc::new(keys))
    }

    /// `changes` is increased each time the keys change.
    pub(crate) fn fetched(
        at: KeysAt,
        fetch: Arc<dyn FetchKeys>,
        clock: Arc<dyn Clock>,
        timing: Timing,
        changes: Arc<AtomicU64>,
    ) -> Self {
        Self::Fetched(Arc::new(Cache { at, fetch, clock, timing, changes, state: Mutex::default() }))
    }

    /// How the keys are; `None` for a fixed set.
    pub(crate) fn state(&self) -> Option<KeysState> {
        let Self::Fetched(cache) = self else { return None };
        let (now, state) = (cache.clock.instant(), cache.state());
        let age = state.good.as_ref().map(|good| now.saturating_duration_since(good.fetched));
        Some(KeysState { age, is_failing: state.failure.is_some(), fetches: state.fetches })
    }

    /// The key with this id for this algorithm.
    ///
    /// # Errors
    /// 401 `invalid-token` if the issuer has no such key; 503 `auth-keys-unavailable` if the keys cannot be fetched.
    pub(crate) async fn key(&self, kid: &str, algorithm: Algorithm) -> Result<Arc<Key>> {
        match self {
            Self::Fixed(keys) => keys.get(kid, algorithm).cloned().ok_or_else(|| unknown(kid)),
            Self::Fetched(cache) => cache.key(kid, algorithm).await,
        }
    }

    /// The number of usable keys.
    ///
    /// # Errors
    /// 503 `auth-keys-unavailable` if the keys cannot be fetched.
    pub(crate) async fn count(&self) -> Result<usize> {
        match self {
            Self::Fixed(keys) => Ok(keys.len()),
            Self::Fetched(cache) => cache.count().await,
        }
    }
}

type Flight = Shared<BoxFuture<'static, ()>>;

pub(crate) struct Cache {
    at: KeysAt,
    fetch: Arc<dyn FetchKeys>,
    clock: Arc<dyn Clock>,
    timing: Timing,
    changes: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    good: Option<Good>,
    /// The last fetch, if it failed.
    failure: Option<Failure>,
    /// Until when an unknown key causes no fetch.
    cooldown_until: Option<Instant>,
    /// The unknown keys that wait for the current fetch.
    wanted: HashSet<String>,
    /// The negative cache: keys that a fetch did not find, and until when each causes no other fetch; the oldest first.
    absent: VecDeque<(String, Instant)>,
    /// The start times of the latest fetches, for the limit.
    starts: VecDeque<Instant>,
    flight: Option<(Flight, tokio::task::AbortHandle)>,
    /// How many fetches have worked, and how many have failed.
    fetches: (u64, u64),
}

/// How the keys of an issuer are, for metrics and health.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeysState {
    /// The time since they were fetched; `None` before the first fetch.
    pub(crate) age: Option<Duration>,
    /// Whether the last fetch failed.
    pub(crate) is_failing: bool,
    /// How many fetches have worked, and how many have failed.
    pub(crate) fetches: (u64, u64),
}

#[derive(Clone, Copy)]
struct Failure {
    /// When the next fetch may start.
    until: Instant,
    /// Whether the issuer could not be reached. If false, it responded with something that is not a key set.
    outage: bool,
}

/// The last fetched set that had usable keys.
struct Good {
    keys: KeySet,
    fetched: Instant,
    /// From this time a new set is fetched in the background, so that no request waits for it.
    refresh_at: Instant,
    fresh_until: Instant,
    stale_until: Instant,
}

enum Step {
    Found(Arc<Key>),
    Wait(Flight),
    Refuse,
    Unavailable(Duration),
}

impl Cache {
    async fn count(self: &Arc<Self>) -> Result<usize> {
        let (now, known) = (self.clock.instant(), |cache: &Self| {
            let state = cache.state();
            state.good.as_ref().map(|good| (good.keys.len(), good.fresh_until))
        });
        if let Some((number, fresh_until)) = known(self)
            && now < fresh_until
        {
            return Ok(number);
        }
        let started = self.start(&mut self.state(), now);
        started.map_err(unavailable)?.await;
        let failed = self.state().failure.map(|failure| failure.until.saturating_duration_since(self.clock.instant()));
        match (failed, known(self)) {
            (None, Some((number, _))) => Ok(number),
            (pause, _) => Err(unavailable(pause.unwrap_or_default())),
        }
    }

    async fn key(self: &Arc<Self>, kid: &str, algorithm: Algorithm) -> Result<Arc<Key>> {
        let mut step = self.step(kid, algorithm, false);
        if let Step::Wait(flight) = step {
            flight.await;
            step = self.step(kid, algorithm, true);
        }
        match step {
            Step::Found(key) => Ok(key),
            Step::Refuse => Err(unknown(kid)),
            Step::Unavailable(after) => Err(unavailable(after)),
            // The set that was just fetched has already expired. The client must try again.
            Step::Wait(_) => Err(unavailable(Duration::ZERO)),
        }
    }

    /// Decides, in one critical section, what a request for this key does next. `waited` means that it has just waited
    /// for a fetch, so that a key which is still unknown does not exist.
    fn step(self: &Arc<Self>, kid: &str, algorithm: Algorithm, waited: bool) -> Step {
        let now = self.clock.instant();
        let mut state = self.state();
        let pause = state.failure.map(|failure| failure.until.saturating_duration_since(now));
        let paused = pause.is_some_and(|pause| !pause.is_zero());
        let outage = state.failure.is_some_and(|failure| failure.outage);
        let fresh = state.good.as_ref().is_some_and(|good| now < good.fresh_until);
        let refresh = state.good.as_ref().is_some_and(|good| now >= good.refresh_at);
        // If the issuer is reachable, an expired set must be fetched again first: a key may have been removed from it.
        let usable = fresh || (outage && state.good.as_ref().is_some_and(|good| now < good.stale_until));
        let key = state.good.as_ref().filter(|_| usable).and_then(|good| good.keys.get(kid, algorithm)).cloned();
        if let Some(key) = key {
            if refresh && !paused {
                let _ = self.start(&mut state, now);
            }
            return Step::Found(key);
        }
        if let Some(pause) = pause.filter(|_| paused || waited) {
            return Step::Unavailable(pause);
        }
        let cooling = state.cooldown_until.is_some_and(|until| now < until);
        if fresh && (waited || cooling || state.is_absent(kid, now)) {
            return Step::Refuse;
        }
        match self.start(&mut state, now) {
            Ok(flight) => {
                if state.wanted.len() < MAX_WANTED {
                    state.wanted.insert(kid.to_owned());
                }
                Step::Wait(flight)
            }
            Err(pause) => Step::Unavailable(pause),
        }
    }

    /// Joins the current fetch or starts one.
    ///
    /// # Errors
    /// The time until the next fetch may start, if too many have started recently.
    fn start(self: &Arc<Self>, state: &mut State, now: Instant) -> Result<Flight, Duration> {
        // A task that panicked is finished too, but has not reset `flight`.
        if let Some((flight, task)) = &state.flight
            && !task.is_finished()
        {
            return Ok(flight.clone());
        }
        // Pause and cooldown normally keep the rate below this limit. It is a safeguard in case they fail. Each issuer
        // has its own limit, so that the outage of one issuer does not use up the fetches of another.
        let (most, window) = self.timing.limit;
        if state.starts.len() >= most
            && let Some(earliest) = state.starts.front()
        {
            let pause = (*earliest + window).saturating_duration_since(now);
            if !pause.is_zero() {
                return Err(pause);
            }
            state.starts.pop_front();
        }
        state.starts.push_back(now);
        let cache = Arc::clone(self);
        let task = tokio::spawn(async move { cache.refresh().await });
        let handle = task.abort_handle();
        let flight = task.map(|_| ()).boxed().shared();
        state.flight = Some((flight.clone(), handle));
        Ok(flight)
    }

    async fn refresh(&self) {
        let outcome = self.load().await;
        let now = self.clock.instant();
        let mut state = self.state();
        state.flight = None;
        let wanted = std::mem::take(&mut state.wanted);
        match outcome {
            Ok((keys, fresh)) => {
                let missing = wanted.into_iter().filter(|kid| !keys.contains(kid));
                if state.remember_absent(missing, now + self.timing.absent) {
                    state.cooldown_until = Some(now + self.timing.cooldown);
                }
                let fresh_until = now + fresh;
                let changed = state.good.as_ref().is_some_and(|good| !good.keys.is_same(&keys));
                state.failure = None;
                state.fetches.0 += 1;
                state.good = Some(Good {
                    keys,
                    fetched: now,
                    refresh_at: now + fresh.mul_f64(REFRESH_AHEAD),
                    fresh_until,
                    stale_until: fresh_until + self.timing.stale,
                });
                if changed {
                    // Increased after the set is stored: a reader that sees the new count finds the new keys.
                    self.changes.fetch_add(1, Ordering::SeqCst);
                    drop(state);
                    tracing::info!(url = self.at.next(), "the key set has changed");
                }
            }
            Err(error) => {
                state.fetches.1 += 1;
                state.failure = Some(Failure { until: now + self.timing.pause, outage: error.is_outage() });
                drop(state);
                let url = self.at.next();
                tracing::warn!(url, error = &error as &dyn std::error::Error, "no key set could be fetched");
                if !error.is_outage() {
                    // The URL of the keys may have changed.
                    self.at.forget();
                }
            }
        }
    }

    async fn load(&self) -> Result<(KeySet, Duration), LoadError> {
        let fetched = tokio::time::timeout(self.timing.timeout, self.ask());
        let fetched = fetched.await.map_err(|_| FetchError::Timeout)??;
        if fetched.body.len() > MAX_KEY_SET_LENGTH {
            return Err(FetchError::TooLong.into());
        }
        let keys = KeySet::parse(&fetched.body)?;
        if keys.is_empty() {
            return Err(LoadError::Empty);
        }
        let (least, most) = self.timing.fresh_bounds;
        let fresh = fetched.cache_control.as_deref().and_then(max_age).map(|age| age.clamp(least, most));
        Ok((keys, fresh.unwrap_or(self.timing.fresh)))
    }

    async fn ask(&self) -> Result<Fetched, LoadError> {
        let url = self.at.address(self.fetch.as_ref(), self.clock.instant()).await?;
        Ok(self.fetch.fetch(&url).await?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each critical section leaves the state consistent, so a poisoned lock can be used.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_absent(&self, kid: &str, now: Instant) -> bool {
        self.absent.iter().any(|(absent, until)| absent == kid && now < *until)
    }

    /// Adds keys that a fetch did not find to the negative cache. Returns whether there is any.
    fn remember_absent(&mut self, kids: impl Iterator<Item = String>, until: Instant) -> bool {
        let mut any = false;
        for kid in kids {
            any = true;
            self.absent.retain(|(absent, _)| *absent != kid);
            if self.absent.len() == MAX_ABSENT {
                self.absent.pop_front();
            }
            self.absent.push_back((kid, until));
        }
        any
    }
}

/// A new set is fetched after this fraction of the old set's lifetime.
const REFRESH_AHEAD: f64 = 0.8;

/// Limits memory. Keys beyond it are not stored; the stored ones start the cooldown in any case.
const MAX_WANTED: usize = 256;

/// Limits the memory of the negative cache. A removed entry can cause one more fetch, outside of the cooldown.
const MAX_ABSENT: usize = 256;

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Parse(#[from] InvalidKeySet),
    #[error("the key set has no usable key")]
    Empty,
}

impl LoadError {
    /// Whether the issuer could not be reached, so that its current keys are not known. If the issuer, or an attacker in
    /// its place, responds with something else, expired keys are not used.
    fn is_outage(&self) -> bool {
        match self {
            Self::Discovery(error) => error.is_outage(),
            Self::Fetch(error) => error.is_outage(),
            Self::Parse(_) | Self::Empty => false,
        }
    }
}

/// `max-age` of a `Cache-Control` header (RFC 9111 section 5.2.2.1); `no-store` and `no-cache` are an age of 0. A value
/// that is not a whole number is ignored. The smallest of several values is used.
pub(crate) fn max_age(header: &str) -> Option<Duration> {
    let age = |directive: &str| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
        match name.as_str() {
            "no-store" | "no-cache" => Some(0),
            // A number that overflows means a very long time (RFC 9111 section 1.2.2).
            "max-age" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(value.parse().unwrap_or(u64::from(u32::MAX)))
            }
            _ => None,
        }
    };
    header.split(',').filter_map(age).min().map(Duration::from_secs)
}

fn unknown(kid: &str) -> Error {
    Rejection::UnknownKey.because(format!("kid {}", quoted(kid)))
}

/// Not 401, because clients sign out their users on 401, and the token may be valid.
fn unavailable(after: Duration) -> Error {
    let detail = "The keys of the token's issuer cannot be fetched at the moment; keep the token and try again";
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    Error::new(&catalogue::AUTH_KEYS_UNAVAILABLE, detail).with_retry_after(Duration::from_secs(seconds.max(1)))
}

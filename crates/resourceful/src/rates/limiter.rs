//! Whether a request is allowed, by what its sender has sent before.

use std::sync::atomic::{AtomicU64, Ordering};

use super::budget::{limit, remaining, seconds_until_more};
use super::memory::Memory;
#[cfg(feature = "redis")]
use super::redis_store::RedisStore;
use super::settings::{Policy, RateSettings};
use super::subject::Subject;

/// How much of a policy was used, this request included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) policy: Policy,
    /// How many requests are left.
    pub(crate) remaining: u32,
    /// After how many seconds there is one more.
    pub(crate) seconds: u64,
    /// Whether this policy refuses the request.
    pub(crate) is_refused: bool,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// One entry for each policy. A request that any of them refuses was counted by none.
    pub(crate) used: Vec<Used>,
}

impl Verdict {
    /// The verdict for times that are this far ahead after the request, or would be.
    pub(super) fn new(policies: &[Policy], ahead: &[u64]) -> Self {
        let is_refused = |(policy, ahead): &(&Policy, &u64)| **ahead > limit(policy.rate);
        let is_counted = !policies.iter().zip(ahead).any(|both| is_refused(&both));
        let used = policies.iter().zip(ahead).map(|(policy, after)| {
            let ahead = if is_counted { *after } else { after.saturating_sub(policy.rate.step()) };
            Used {
                policy: *policy,
                remaining: remaining(policy.rate, ahead),
                seconds: seconds_until_more(policy.rate, ahead),
                is_refused: is_refused(&(policy, after)),
            }
        });
        Self { used: used.collect() }
    }

    /// The policy that refuses the request for the longest time.
    pub(crate) fn refusal(&self) -> Option<&Used> {
        self.used.iter().filter(|used| used.is_refused).max_by_key(|used| used.seconds)
    }
}

/// Counts requests: in Redis, where all processes share the budgets, or in this process, if there is no Redis or while it
/// does not respond. A Redis that is away refuses nobody.
pub(crate) struct Limiter {
    settings: RateSettings,
    local: Memory,
    #[cfg(feature = "redis")]
    shared: Option<RedisStore>,
    /// The number of requests that this process has counted for itself because Redis did not respond.
    alone: AtomicU64,
    /// What became of requests, by the names of the limits.
    decided: [(&'static str, Decided); NAMES.len()],
}

/// The names of all limits.
const NAMES: [&str; 7] = ["user", "address", "read", "write", "search", "upload", "mail"];

/// What one limit has decided.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    allowed: AtomicU64,
    refused: AtomicU64,
}

impl Decided {
    pub(crate) fn allowed(&self) -> u64 {
        self.allowed.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Limiter {
    /// A limiter of this process.
    pub(crate) fn new(settings: &RateSettings) -> Self {
        Self {
            settings: settings.clone(),
            local: Memory::new(),
            #[cfg(feature = "redis")]
            shared: None,
            alone: AtomicU64::default(),
            decided: NAMES.map(|name| (name, Decided::default())),
        }
    }

    /// The same with budgets that other processes share.
    #[cfg(feature = "redis")]
    pub(crate) fn shared(self, store: RedisStore) -> Self {
        Self { shared: Some(store), ..self }
    }

    /// How many requests this process has counted for itself because Redis did not respond.
    pub(crate) fn alone(&self) -> u64 {
        self.alone.load(Ordering::SeqCst)
    }

    /// What the limits that were asked have decided, each with its name.
    pub(crate) fn decided(&self) -> impl Iterator<Item = (&'static str, &Decided)> {
        let is_used = |decided: &Decided| decided.allowed() + decided.refused() > 0;
        self.decided.iter().filter(move |(_, decided)| is_used(decided)).map(|(name, decided)| (*name, decided))
    }

    pub(crate) fn settings(&self) -> &RateSettings {
        &self.settings
    }

    /// Counts a request for each of these policies, if all of them allow it.
    pub(crate) async fn count(&self, subject: Subject<'_>, policies: &[Policy]) -> Verdict {
        let verdict = self.judge(subject, policies).await;
        let is_allowed = verdict.refusal().is_none();
        for Used { policy, is_refused, .. } in &verdict.used {
            let Some((_, decided)) = self.decided.iter().find(|(name, _)| *name == policy.name) else { continue };
            if is_allowed {
                decided.allowed.fetch_add(1, Ordering::Relaxed);
            } else if *is_refused {
                decided.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        verdict
    }

    async fn judge(&self, subject: Subject<'_>, policies: &[Policy]) -> Verdict {
        #[cfg(feature = "redis")]
        if let Some(store) = &self.shared {
            if let Some(ahead) = store.count(&subject, policies).await {
                return Verdict::new(policies, &ahead);
            }
            self.alone.fetch_add(1, Ordering::SeqCst);
        }
        Verdict::new(policies, &self.local.count(&subject, policies))
    }
}

//! Budgets in the memory of this process.
//!
//! Their number is fixed, so that no number of users or addresses makes the process grow. A budget that is full needs no
//! place. Where all places are taken, the budget that is full again first is forgotten: somebody who has used up their
//! budget is not forgotten because others come.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::budget::{ahead_after, limit};
use super::settings::Policy;
use super::subject::Subject;

/// The places in which one budget can be.
const BUCKET: usize = 16;

/// The buckets behind one lock.
const BUCKETS: usize = 256;

/// The number of locks.
const SHARDS: usize = 64;

/// One budget: which one it is, and the time at which it is full again. Zeros where there is none.
type Place = (u64, u64);

/// The budgets: 262,144 places, which are 4 MiB.
pub(super) struct Memory {
    shards: Box<[Mutex<Box<[Place]>>]>,
    /// Its keys are random, so that nobody can choose names that share a bucket.
    hasher: RandomState,
    started: Instant,
}

impl Memory {
    pub(super) fn new() -> Self {
        let shard = |_| Mutex::new(vec![(0, 0); BUCKETS * BUCKET].into_boxed_slice());
        Self { shards: (0..SHARDS).map(shard).collect(), hasher: RandomState::new(), started: Instant::now() }
    }

    /// Counts a request of this subject for each policy, if all of them allow it. How far ahead the time of each is after
    /// that, or would be.
    pub(super) fn count(&self, subject: &Subject<'_>, policies: &[Policy]) -> Vec<u64> {
        // A clock that no administrator sets.
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX / 2);
        self.count_at(now, subject, policies)
    }

    fn count_at(&self, now: u64, subject: &Subject<'_>, policies: &[Policy]) -> Vec<u64> {
        let hash = self.hasher.hash_one(subject);
        // All budgets of a subject are behind the same lock, so that they are counted together.
        let mut shard = self.shard(hash);
        let keys: Vec<u64> = policies.iter().map(|policy| self.hasher.hash_one((hash, policy.name)) | 1).collect();
        let ahead: Vec<u64> = (policies.iter().zip(&keys))
            .map(|(policy, key)| ahead_after(policy.rate, find(bucket(&mut shard, *key), *key), now))
            .collect();
        if policies.iter().zip(&ahead).all(|(policy, ahead)| *ahead <= limit(policy.rate)) {
            for (key, ahead) in keys.iter().zip(&ahead) {
                put(bucket(&mut shard, *key), (*key, now + ahead), now);
            }
        }
        ahead
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Box<[Place]>> {
        let at = hash as usize % SHARDS;
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The places in which this budget can be.
fn bucket(shard: &mut [Place], key: u64) -> &mut [Place] {
    // The lowest bit is the same for all.
    let at = (key >> 1) as usize % BUCKETS * BUCKET;
    &mut shard[at..at + BUCKET]
}

/// The time of a budget; 0 if it is full.
fn find(bucket: &[Place], key: u64) -> u64 {
    bucket.iter().find(|(known, _)| *known == key).map_or(0, |(_, time)| *time)
}

/// Stores a budget: in its place, in a place whose budget is full by now, or in the place of the budget that is full again
/// first.
fn put(bucket: &mut [Place], budget: Place, now: u64) {
    let place = bucket.iter_mut().min_by_key(|(known, time)| match *known == budget.0 {
        true => (0, 0),
        false if *time <= now => (1, 0),
        false => (2, *time),
    });
    if let Some(place) = place {
        *place = budget;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn policy(name: &'static str, rate: &str) -> Policy {
        Policy { name, rate: rate.parse().expect("a rate") }
    }

    fn allows(memory: &Memory, now: u64, subject: &Subject<'_>, policies: &[Policy]) -> bool {
        let ahead = memory.count_at(now, subject, policies);
        policies.iter().zip(ahead).all(|(policy, ahead)| ahead <= limit(policy.rate))
    }

    #[test]
    fn a_million_addresses_do_not_make_it_grow_or_forget_who_has_used_up_a_budget() {
        let memory = Memory::new();
        let size = || memory.shards.iter().map(|shard| shard.lock().expect("not poisoned").len()).sum::<usize>();
        let before = size();
        assert_eq!(before * size_of::<Place>(), 4 * 1024 * 1024);
        let policies = [policy("address", "100/minute")];
        let greedy: Vec<Subject<'_>> = ["eve", "mallory"].map(Subject::User).into();
        for subject in &greedy {
            let allowed = (0..200).filter(|_| allows(&memory, 1, subject, &policies)).count();
            assert_eq!(allowed, 100);
        }
        let addresses = (0..1_000_000).map(|number| Subject::Address(IpAddr::V4(Ipv4Addr::from_bits(number))));
        assert_eq!(addresses.filter(|address| allows(&memory, 2, address, &policies)).count(), 1_000_000);
        assert_eq!(size(), before);
        for subject in &greedy {
            assert!(!allows(&memory, 3, subject, &policies), "{subject:?} is remembered");
        }
        // Full again: the places are free.
        assert!(greedy.iter().all(|subject| allows(&memory, 61_000_000, subject, &policies)));
    }

    #[test]
    fn a_request_that_one_policy_refuses_costs_nothing_of_the_others() {
        let memory = Memory::new();
        let (user, write) = (policy("user", "3/minute"), policy("write", "1/minute"));
        let ada = Subject::User("ada");
        assert!(allows(&memory, 1, &ada, &[user, write]));
        assert!((0..10).all(|_| !allows(&memory, 1, &ada, &[user, write])), "of write");
        assert!(allows(&memory, 1, &ada, &[user]) && allows(&memory, 1, &ada, &[user]), "two are left");
        assert!(!allows(&memory, 1, &ada, &[user]));
        assert!(allows(&memory, 1, &Subject::User("grace"), &[user, write]), "another user");
    }

    #[test]
    fn threads_that_count_at_the_same_time_share_one_budget_exactly() {
        let memory = Memory::new();
        let policies = [policy("user", "500/day"), policy("write", "900/day")];
        let count = || (0..250).filter(|_| allows(&memory, 1, &Subject::User("ada"), &policies)).count();
        let allowed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(allowed, 500);
    }
}

//! The cache of verified tokens. For a cached token, the next request computes a hash instead of verifying a signature.
//!
//! - The cache key is the SHA-256 of the whole token. With a key made of claims, two tokens could share an entry
//!   (CVE-2026-35039 of fast-jwt).
//! - Only accepted tokens are stored, so forged tokens use no memory.
//! - An entry is valid for at most one minute. The token's times are checked again on every use, and so is the proof of
//!   a bound token.
//! - If the keys of any issuer change, all entries are removed.
//! - The number of entries and their bytes are limited. The cache is not shared between processes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use serde_json::Value;

use super::claims::Verified;
use crate::actor::CurrentUser;

/// The size of the token cache; see [`AuthSettings::token_cache`](super::AuthSettings::token_cache).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenCache {
    /// The most tokens: 10,000 by default; 1 to 31 count as 32. With 0, every request verifies its token's signature.
    pub entries: usize,
    /// The approximate number of bytes of all entries together: 8 MiB by default.
    pub bytes: usize,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { entries: 10_000, bytes: 8 * 1024 * 1024 }
    }
}

impl TokenCache {
    /// No token is cached.
    pub const OFF: Self = Self { entries: 0, bytes: 0 };
}

/// How long a verified token is cached at most.
const LIFETIME: Duration = Duration::from_secs(60);

/// The number of parts of the cache. Each part has its own lock.
const PARTS: usize = 16;

type Digest = [u8; 32];

/// The verified tokens of all issuers.
#[derive(Debug)]
pub(crate) struct VerifiedTokens {
    parts: [Mutex<Part>; PARTS],
    /// Counts the changes of key sets.
    changes: Arc<AtomicU64>,
    /// The limits of one generation of one part.
    bounds: TokenCache,
}

/// The cache key of a token. It is made before the signing key is fetched, so that a token that was verified with an old
/// key is not stored as verified with the new keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CacheKey {
    digest: Digest,
    changes: u64,
}

/// Two generations of entries. When the young one is full, the old one is dropped and the young one becomes the old one.
/// An entry that is used moves to the young one. This needs no sorting.
#[derive(Debug, Default)]
struct Part {
    changes: u64,
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    entries: HashMap<Digest, Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    verified: Arc<Verified>,
    until: Instant,
    bytes: usize,
}

impl VerifiedTokens {
    /// `None` if the cache is off.
    pub(crate) fn new(bounds: TokenCache, changes: Arc<AtomicU64>) -> Option<Self> {
        if bounds.entries == 0 || bounds.bytes == 0 {
            return None;
        }
        let share = |all: usize| (all / (2 * PARTS)).max(1);
        let bounds = TokenCache { entries: share(bounds.entries), bytes: share(bounds.bytes) };
        Some(Self { parts: Default::default(), changes, bounds })
    }

    pub(crate) fn key_of(&self, token: &str) -> CacheKey {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        CacheKey { digest: sum, changes: self.changes.load(Ordering::SeqCst) }
    }

    /// The verified token, if that was less than a minute ago and no key has changed since.
    pub(crate) fn get(&self, key: &CacheKey, now: Instant) -> Option<Arc<Verified>> {
        let mut part = self.part(key);
        if let Some(entry) = part.young.entries.get(&key.digest) {
            return Some(entry.verified.clone()).filter(|_| now < entry.until);
        }
        let entry = part.old.remove(&key.digest)?;
        let verified = entry.verified.clone();
        if now >= entry.until {
            return None;
        }
        part.add(key.digest, entry, self.bounds);
        Some(verified)
    }

    /// Stores a verified token.
    pub(crate) fn put(&self, key: &CacheKey, verified: &Arc<Verified>, now: Instant) {
        let entry = Entry { verified: verified.clone(), until: now + LIFETIME, bytes: size(verified) };
        let mut part = self.part(key);
        if part.changes == key.changes {
            part.add(key.digest, entry, self.bounds);
        }
    }

    /// The part for this token. It is emptied if keys have changed since it was last used.
    fn part(&self, key: &CacheKey) -> MutexGuard<'_, Part> {
        let part = &self.parts[usize::from(key.digest[0]) % PARTS];
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = self.changes.load(Ordering::SeqCst);
        if part.changes != changes {
            *part = Part { changes, ..Part::default() };
        }
        part
    }

    /// The number of entries, and their bytes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> (usize, usize) {
        let parts = self.parts.iter().map(|part| part.lock().unwrap());
        parts.fold((0, 0), |(entries, bytes), part| {
            let count = part.young.entries.len() + part.old.entries.len();
            (entries + count, bytes + part.young.bytes + part.old.bytes)
        })
    }
}

impl Part {
    fn add(&mut self, digest: Digest, entry: Entry, bounds: TokenCache) {
        // A token that would fill a whole generation is not stored, because it would evict all others.
        if entry.bytes > bounds.bytes {
            return;
        }
        self.young.remove(&digest);
        if self.young.entries.len() >= bounds.entries || self.young.bytes + entry.bytes > bounds.bytes {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += entry.bytes;
        self.young.entries.insert(digest, entry);
    }
}

impl Generation {
    fn remove(&mut self, digest: &Digest) -> Option<Entry> {
        let entry = self.entries.remove(digest)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

/// The approximate memory of an entry.
fn size(verified: &Verified) -> usize {
    let CurrentUser { id, email, name, permissions, roles, scopes, is_machine: _, claims } = verified.user.as_ref();
    let text = |text: &String| text.len() + size_of::<String>();
    let texts = |list: &[String]| list.iter().map(text).sum::<usize>();
    let optional = |option: &Option<String>| option.as_ref().map_or(0, String::len);
    size_of::<(Digest, Entry, Verified, CurrentUser)>()
        + id.len()
        + optional(email)
        + optional(name)
        + texts(permissions)
        + texts(roles)
        + texts(scopes)
        + members(claims)
}

fn members(members: &serde_json::Map<String, Value>) -> usize {
    // Includes the map's overhead for each node.
    members
        .iter()
        .map(|(name, member)| name.len() + size_of::<String>() + 2 * size_of::<usize>() + value_size(member))
        .sum()
}

fn value_size(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(value_size).sum(),
            Value::Object(object) => members(object),
        }
}

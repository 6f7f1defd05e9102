//! The recently used proofs. Each proof can be used once (RFC 9449 section 11.1).
//!
//! This list is in the memory of this process. A [`ProofStore`](super::ProofStore) has the proofs of other processes.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::jwk::Thumbprint;

/// The most proofs that are stored: enough for 2,000 requests per second with the defaults, since a proof is stored for
/// up to two windows of two minutes each. They use about 20 MiB.
pub(super) const MOST: usize = 1 << 19;

/// The identity of a proof: the client's key and `jti`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProofId([u8; 16]);

impl ProofId {
    pub(super) fn new(key: &Thumbprint, jti: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(key);
        context.update(jti.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(id)
    }

    /// The same as text.
    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

#[derive(Debug)]
pub(super) struct Replays {
    /// How long a proof can be valid.
    window: Duration,
    used: Mutex<Used>,
}

/// Two generations, each as long as a proof can be valid, so that proofs which leave the old one have expired.
#[derive(Debug, Default)]
struct Used {
    since: Option<Instant>,
    young: HashSet<[u8; 16]>,
    old: HashSet<[u8; 16]>,
}

impl Replays {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, used: Mutex::default() }
    }

    /// How long a proof can be valid.
    pub(super) fn window(&self) -> Duration {
        self.window
    }

    /// Marks a proof as used, and returns whether this is its first use; `None` if the list is full.
    pub(super) fn first_use(&self, proof: &ProofId, now: Instant) -> Option<bool> {
        let id = proof.0;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let age = used.since.map(|since| now.saturating_duration_since(since));
        if age.is_none_or(|age| age >= self.window) {
            let young = std::mem::take(&mut used.young);
            // After two windows both generations have expired.
            used.old = if age.is_some_and(|age| age < 2 * self.window) { young } else { HashSet::new() };
            used.since = Some(now);
        }
        if used.young.contains(&id) || used.old.contains(&id) {
            return Some(false);
        }
        if used.young.len() + used.old.len() >= MOST {
            return None;
        }
        Some(used.young.insert(id))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let used = self.used.lock().unwrap();
        used.young.len() + used.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_proof_is_accepted_once() {
        let replays = Replays::new(Duration::from_secs(120));
        let start = Instant::now();
        // Seconds, key, jti, whether it is the first use
        let table = [
            (0, 1, "a", true),
            (0, 1, "a", false),
            (0, 2, "a", true),
            (0, 1, "b", true),
            (119, 1, "a", false),
            (119, 1, "c", true),
            // The next generation begins; the previous one is still stored
            (121, 1, "a", false),
            (238, 1, "c", false),
            (239, 1, "d", true),
            // Now `a`, which expired long ago, is removed; `d` is not
            (242, 1, "a", true),
            (358, 1, "d", false),
            (9999, 1, "d", true),
        ];
        for (seconds, key, jti, first) in table {
            let now = start + Duration::from_secs(seconds);
            assert_eq!(replays.first_use(&ProofId::new(&[key; 32], jti), now), Some(first), "{seconds} {key} {jti}");
        }
        assert_eq!(replays.len(), 1);
    }

    #[test]
    fn the_number_of_proofs_is_limited() {
        let replays = Replays::new(Duration::from_secs(120));
        let start = Instant::now();
        for number in 0..MOST {
            assert_eq!(replays.first_use(&ProofId::new(&[1; 32], &number.to_string()), start), Some(true));
        }
        assert_eq!(replays.first_use(&ProofId::new(&[1; 32], "one more"), start), None);
        assert_eq!(
            replays.first_use(&ProofId::new(&[1; 32], "7"), start),
            Some(false),
            "a stored proof is still stored"
        );
        assert_eq!(replays.len(), MOST);
        assert_eq!(
            replays.first_use(&ProofId::new(&[1; 32], "one more"), start + Duration::from_secs(240)),
            Some(true)
        );
    }
}

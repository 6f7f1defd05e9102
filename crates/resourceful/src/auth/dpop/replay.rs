//! The recently used proofs. Each proof can be used once (RFC 9449 section 11.1).
//!
//! This list is in the memory of this process. A [`ProofStore`](super::ProofStore) has the proofs of other processes.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::actor::CurrentUser;
use crate::auth::jwk::Thumbprint;

/// The most proofs that are stored: enough for 2,000 requests per second with the defaults, since a proof is stored for
/// up to two windows of two minutes each. They use about 20 MiB, and twice as much if each is another user's.
///
/// One user can fill half of it at most: each may store as many proofs as there is room left. So the more users send many
/// proofs, the less each of them gets, and there is always as much room for the next user as the largest of them has.
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

/// Whether a proof was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    First,
    Again,
    /// It is not known, and there is no room to remember it. There may be after this time.
    NoRoom(Duration),
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
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    proofs: HashSet<[u8; 16]>,
    /// How many of them each user has sent.
    users: HashMap<u64, usize>,
}

impl Generation {
    fn of(&self, user: u64) -> usize {
        self.users.get(&user).copied().unwrap_or_default()
    }
}

impl Replays {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, used: Mutex::default() }
    }

    /// How long a proof can be valid.
    pub(super) fn window(&self) -> Duration {
        self.window
    }

    /// Marks a proof of this user as used, and returns whether this is its first use.
    pub(super) fn first_use(&self, proof: &ProofId, user: &CurrentUser, now: Instant) -> Use {
        let (id, user) = (proof.0, key_of(user));
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let age = used.since.map(|since| now.saturating_duration_since(since)).filter(|age| *age < 2 * self.window);
        if age.is_none_or(|age| age >= self.window) {
            let young = std::mem::take(&mut used.young);
            // After two windows both generations have expired.
            used.old = if age.is_some() { young } else { Generation::default() };
            used.since = Some(now);
        }
        if used.young.proofs.contains(&id) || used.old.proofs.contains(&id) {
            return Use::Again;
        }
        let room = MOST - used.young.proofs.len() - used.old.proofs.len();
        if used.young.of(user) + used.old.of(user) >= room {
            // Then the old generation goes.
            let left = used.since.map(|since| (since + self.window).saturating_duration_since(now));
            return Use::NoRoom(left.unwrap_or_default().max(Duration::from_secs(1)));
        }
        used.young.proofs.insert(id);
        *used.young.users.entry(user).or_default() += 1;
        Use::First
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let used = self.used.lock().unwrap();
        used.young.proofs.len() + used.old.proofs.len()
    }
}

/// A short key of a user of an issuer.
fn key_of(user: &CurrentUser) -> u64 {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(user.claims.get("iss").and_then(serde_json::Value::as_str).unwrap_or_default().as_bytes());
    context.update(b"\n");
    context.update(user.id.as_bytes());
    let mut key = [0; 8];
    key.copy_from_slice(&context.finish().as_ref()[..8]);
    u64::from_le_bytes(key)
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
            let used = replays.first_use(&ProofId::new(&[key; 32], jti), &CurrentUser::new("auth0|ada"), now);
            assert_eq!(used, if first { Use::First } else { Use::Again }, "{seconds} {key} {jti}");
        }
        assert_eq!(replays.len(), 1);
    }

    #[test]
    fn no_user_takes_the_room_of_the_others() {
        let replays = Replays::new(Duration::from_secs(120));
        let start = Instant::now();
        let send = |user: &str, number: usize, seconds: u64| {
            let id = ProofId::new(&[1; 32], &format!("{user} {number}"));
            replays.first_use(&id, &CurrentUser::new(user), start + Duration::from_secs(seconds))
        };
        let until_refused = |user: &str| (0..).find(|&number| send(user, number, 10) != Use::First).unwrap();
        // Each user gets half of what is left, however many proofs they send
        let mut room = MOST;
        for user in ["greedy", "second", "third", "fourth"] {
            let sent = until_refused(user);
            assert!(sent.abs_diff(room / 2) <= 1, "{user} has sent {sent} of {room}");
            room -= sent;
            assert_eq!(send(user, sent, 10), Use::NoRoom(Duration::from_secs(120)), "{user}");
            assert_eq!(send(user, 7, 10), Use::Again, "what is stored is still known");
        }
        for other in 0..1000 {
            assert_eq!(send(&format!("other {other}"), 1, 11), Use::First);
        }
        assert_eq!(replays.len(), MOST - room + 1000);
        // What is stored leaves after two windows
        assert!(matches!(send("greedy", MOST, 121), Use::NoRoom(_)));
        assert_eq!(send("greedy", MOST, 251), Use::First);
        assert_eq!(replays.len(), 1);
    }
}

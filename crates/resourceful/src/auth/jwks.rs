//! JWK sets (RFC 7517 section 5), and which of their keys may verify a token.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::Algorithm;
use super::jwk::{Key, MAX_KID_LENGTH, Unfit, secret};
use crate::json::strict::Object;

/// The most keys of a set that are used. No known issuer has more.
pub(crate) const MAX_KEYS: usize = 32;

/// The keys of one issuer that may verify a token, by key id. Most ids have one key; an issuer may also list a key once for
/// each algorithm, or keys of different kinds under one id (RFC 7517 section 4.5).
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, Vec<Arc<Key>>>,
}

/// A text that is not a JWK set.
#[derive(Debug, thiserror::Error)]
#[error("not a JWK set: {0}")]
pub struct InvalidKeySet(#[source] serde_json::Error);

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Object(Object),
    // Not an object, or an object with a repeated member
    Other(IgnoredAny),
}

impl KeySet {
    /// Reads a JWK set and keeps the keys that may verify a token.
    ///
    /// A key is kept if all of these are true (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2, RFC 8725
    /// section 3.5). Other keys are logged and ignored, so the set can be [empty](Self::is_empty).
    ///
    /// - It is an RSA key of 2048 to 8192 bits with an odd exponent of 3 or more, a point on the curve P-256 or P-384,
    ///   or an Ed25519 key.
    /// - No other kept key of the set has its key id and could be used with the same algorithm, unless it is the same key.
    /// - Its `use`, `key_ops` and `alg`, if present, allow verifying with an [`Algorithm`](super::Algorithm) for that
    ///   kind of key.
    /// - It has no private part.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `keys`.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidKeySet> {
        // Not parsed as a `Value`, which would silently drop repeated members.
        let document: Document = serde_json::from_slice(json).map_err(InvalidKeySet)?;
        let entries: Vec<Map<String, Value>> = document
            .keys
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Object(Object(members)) => Some(members),
                Entry::Other(_) => None,
            })
            .collect();
        let mut keys: HashMap<String, Vec<Arc<Key>>> = HashMap::new();
        let mut count = 0;
        for (index, entry) in entries.iter().enumerate() {
            let fit = match kid(entry) {
                None => Err(Unfit::Other("it has no usable kid")),
                Some(_) if count == MAX_KEYS => Err(Unfit::Other("there are too many keys")),
                Some(kid) => Key::read(entry).map(|key| (kid, key)),
            };
            // A published private part is logged as an error, whatever else is wrong with the key.
            match secret(entry).map_or(fit, Err) {
                Ok((kid, key)) => {
                    let known = keys.entry(kid.to_owned()).or_default();
                    if !known.iter().any(|other| other.is_same(&key)) {
                        known.push(Arc::new(key));
                        count += 1;
                    }
                }
                Err(Unfit::Secret(member)) => {
                    tracing::error!(index, member, "a JWK set publishes secret key material; the key is not used");
                }
                Err(Unfit::Other(reason)) => tracing::warn!(index, reason, "a key of a JWK set is not used"),
            }
        }
        keys.retain(|kid, of_id| {
            let is_clear = |key: &Arc<Key>| !of_id.iter().any(|other| key.rivals(other));
            let clear: Vec<Arc<Key>> = of_id.iter().filter(|key| is_clear(key)).cloned().collect();
            if clear.len() < of_id.len() {
                let reason = "its kid and its algorithm are those of another key";
                tracing::warn!(kid, reason, "keys of a JWK set are not used");
            }
            *of_id = clear;
            !of_id.is_empty()
        });
        Ok(Self { keys })
    }

    /// The number of usable keys. A key that is listed for several algorithms counts for each.
    pub fn len(&self) -> usize {
        self.keys.values().map(Vec::len).sum()
    }

    /// Whether the set has no usable key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the set has a key with this id.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// The key with this id for this algorithm. If the id has keys for other algorithms only, it is one of these, so that the
    /// token is refused for its algorithm and not for its key.
    pub(crate) fn get(&self, kid: &str, algorithm: Algorithm) -> Option<&Arc<Key>> {
        let of_id = self.keys.get(kid)?;
        of_id.iter().find(|key| key.is_for(algorithm)).or_else(|| of_id.first())
    }

    /// The key, if the set has exactly one.
    pub(crate) fn only(&self) -> Option<&Arc<Key>> {
        self.keys.values().flatten().next().filter(|_| self.len() == 1)
    }

    /// Whether the other set has the same keys under the same ids.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |(kid, keys): (&String, &Vec<Arc<Key>>)| {
            other.keys.get(kid).is_some_and(|others| {
                keys.len() == others.len() && keys.iter().all(|key| others.iter().any(|other| key.is_same(other)))
            })
        };
        self.keys.len() == other.keys.len() && self.keys.iter().all(same)
    }
}

fn kid(jwk: &Map<String, Value>) -> Option<&str> {
    jwk.get("kid").and_then(Value::as_str).filter(|kid| (1..=MAX_KID_LENGTH).contains(&kid.len()))
}

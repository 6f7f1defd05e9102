//! JWK sets (RFC 7517 section 5), and which of their keys may verify a token.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::jwk::{Key, MAX_KID_LENGTH, Unfit, secret};
use crate::json::strict::Object;

/// The most keys of a set that are used. No known issuer has more.
pub(crate) const MAX_KEYS: usize = 32;

/// The keys of one issuer that may verify a token, by key id.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<Key>>,
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
    /// - No other key of the set has its key id.
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
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for kid in entries.iter().filter_map(kid) {
            *seen.entry(kid).or_default() += 1;
        }
        let mut keys = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let fit = match kid(entry) {
                None => Err(Unfit::Other("it has no usable kid")),
                Some(kid) if seen[kid] > 1 => Err(Unfit::Other("its kid is not unique")),
                Some(_) if keys.len() == MAX_KEYS => Err(Unfit::Other("there are too many keys")),
                Some(kid) => Key::read(entry).map(|key| (kid, key)),
            };
            // A published private part is logged as an error, whatever else is wrong with the key.
            match secret(entry).map_or(fit, Err) {
                Ok((kid, key)) => {
                    keys.insert(kid.to_owned(), Arc::new(key));
                }
                Err(Unfit::Secret(member)) => {
                    tracing::error!(index, member, "a JWK set publishes secret key material; the key is not used");
                }
                Err(Unfit::Other(reason)) => tracing::warn!(index, reason, "a key of a JWK set is not used"),
            }
        }
        Ok(Self { keys })
    }

    /// The number of usable keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set has no usable key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the set has a key with this id.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&Arc<Key>> {
        self.keys.get(kid)
    }

    /// The key, if the set has exactly one.
    pub(crate) fn only(&self) -> Option<&Arc<Key>> {
        self.keys.values().next().filter(|_| self.keys.len() == 1)
    }

    /// Whether the other set has the same keys under the same ids.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same = |(kid, key): (&String, &Arc<Key>)| other.get(kid).is_some_and(|other| key.is_same(other));
        self.keys.len() == other.keys.len() && self.keys.iter().all(same)
    }
}

fn kid(jwk: &Map<String, Value>) -> Option<&str> {
    jwk.get("kid").and_then(Value::as_str).filter(|kid| (1..=MAX_KID_LENGTH).contains(&kid.len()))
}

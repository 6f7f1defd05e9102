//! JWK sets (RFC 7517 section 5) and which of their keys may verify a token.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::Algorithm;
use super::header::MAX_KID_LENGTH;
use super::strict::Object;

/// No issuer signs with more keys than this; what is beyond is not used.
pub(crate) const MAX_KEYS: usize = 32;

/// The keys of one issuer that may verify a token, by key id.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<Key>>,
}

/// One key, ready to verify.
pub(crate) struct Key {
    /// The only algorithm that the key is published for, if it says so.
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) decoding: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// A text that is not a JWK set.
#[derive(Debug, thiserror::Error)]
#[error("not a JWK set: {0}")]
pub struct InvalidKeySet(#[source] serde_json::Error);

/// Why a key is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unfit {
    /// Secret material was published: the issuer has a problem that somebody should look at.
    Secret(&'static str),
    /// A key for another purpose, or one that is broken or weak.
    Other(&'static str),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Object(Object),
    // No object, or one that names a member twice
    Other(IgnoredAny),
}

impl KeySet {
    /// Reads a JWK set and keeps the keys that may verify a token.
    ///
    /// These are RSA keys of 2048 to 8192 bits with an odd exponent from 3 and a key id that no other key of the set
    /// has; whose `use`, `key_ops` and `alg`, where given, allow verifying with an [`Algorithm`]; and that hold no
    /// private part (RFC 7517 section 4, RFC 8725 section 3.5). The others are logged and left out. The set may end up
    /// [empty](Self::is_empty).
    ///
    /// # Errors
    /// The text is not a JSON object with a list `keys`.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidKeySet> {
        // Not by way of a Value, which would have forgotten what was named twice.
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
                Some(kid) => fit(entry).map(|key| (kid, key)),
            };
            // A private part is worth an error whatever else is wrong with the key.
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

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether there is a key with this id.
    pub fn contains(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&Arc<Key>> {
        self.keys.get(kid)
    }
}

fn kid(jwk: &Map<String, Value>) -> Option<&str> {
    jwk.get("kid").and_then(Value::as_str).filter(|kid| (1..=MAX_KID_LENGTH).contains(&kid.len()))
}

/// The private members of RFC 7518 sections 6.3.2 and 6.4.
fn secret(jwk: &Map<String, Value>) -> Option<Unfit> {
    if jwk.get("kty").and_then(Value::as_str) == Some("oct") {
        return Some(Unfit::Secret("kty"));
    }
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].into_iter().find(|&name| jwk.contains_key(name)).map(Unfit::Secret)
}

fn fit(jwk: &Map<String, Value>) -> Result<Key, Unfit> {
    if jwk.get("kty").and_then(Value::as_str) != Some("RSA") {
        return Err(Unfit::Other("it is no RSA key"));
    }
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Err(Unfit::Other("its use is not sig"));
    }
    let verifies = |operations: &Value| operations.as_array().is_some_and(|list| list.contains(&"verify".into()));
    if jwk.get("key_ops").is_some_and(|operations| !verifies(operations)) {
        return Err(Unfit::Other("its key_ops are without verify"));
    }
    let algorithm = match jwk.get("alg") {
        None => None,
        Some(name) => match name.as_str().and_then(|name| name.parse().ok()) {
            Some(algorithm) => Some(algorithm),
            None => return Err(Unfit::Other("its alg cannot be accepted")),
        },
    };
    let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
    if !(2048..=8192).contains(&bits(&modulus)) || is_even(&modulus) {
        return Err(Unfit::Other("its modulus is not an odd number of 2048 to 8192 bits"));
    }
    // No real exponent is above 32 bits, and a huge one makes each verification slow.
    if !(2..=32).contains(&bits(&exponent)) || is_even(&exponent) {
        return Err(Unfit::Other("its exponent is not an odd number of 2 to 32 bits"));
    }
    Ok(Key { algorithm, decoding: DecodingKey::from_rsa_raw_components(&modulus, &exponent) })
}

/// A Base64urlUInt (RFC 7518 section 2) without leading zeros. Some issuers write one zero byte; it changes nothing.
fn number(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, Unfit> {
    let bytes = jwk.get(name).and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let bytes = bytes.ok_or(Unfit::Other("n or e is not base64url"))?;
    Ok(bytes.into_iter().skip_while(|&byte| byte == 0).collect())
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

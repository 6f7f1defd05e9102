//! One JSON Web Key (RFC 7517 section 4): whether it may verify tokens, and its thumbprint (RFC 7638).

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::Algorithm;
use super::algorithm::Family;

/// The longest key id that is read.
pub(crate) const MAX_KID_LENGTH: usize = 256;

/// SHA-256 of the members that define a public key. It does not depend on the order or format of the JWK.
pub(crate) type Thumbprint = [u8; 32];

/// One public key, ready to verify.
pub(crate) struct Key {
    /// The only algorithm that the key may be used with, if the JWK has `alg`.
    algorithm: Option<Algorithm>,
    family: Family,
    pub(crate) thumbprint: Thumbprint,
    pub(crate) decoding: DecodingKey,
}

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The JWK contains secret key material, which the issuer must not publish.
    Secret(&'static str),
    /// A key for another purpose, or an invalid or weak one.
    Other(&'static str),
}

impl Unfit {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Secret(_) => "it holds secret key material",
            Self::Other(reason) => reason,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("family", &self.family).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Key {
    /// Reads the members of a JWK.
    ///
    /// # Errors
    /// If the key may not verify tokens: see [`KeySet::parse`](super::KeySet::parse).
    pub(crate) fn read(jwk: &Map<String, Value>) -> Result<Self, Unfit> {
        if let Some(secret) = secret(jwk) {
            return Err(secret);
        }
        let kind = jwk.get("kty").and_then(Value::as_str);
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return Err(Unfit::Other("its use is not sig"));
        }
        let verifies = |operations: &Value| operations.as_array().is_some_and(|list| list.contains(&"verify".into()));
        if jwk.get("key_ops").is_some_and(|operations| !verifies(operations)) {
            return Err(Unfit::Other("its key_ops do not contain verify"));
        }
        let algorithm = match jwk.get("alg") {
            None => None,
            Some(name) => match name.as_str().and_then(|name| name.parse().ok()) {
                Some(algorithm) => Some(algorithm),
                None => return Err(Unfit::Other("its alg is not supported")),
            },
        };
        let key = match kind {
            Some("RSA") => rsa(jwk)?,
            Some("EC") => elliptic(jwk)?,
            Some("OKP") => edwards(jwk)?,
            _ => return Err(Unfit::Other("its kty is not RSA, EC or OKP")),
        };
        if algorithm.is_some_and(|algorithm: Algorithm| algorithm.family() != key.family) {
            return Err(Unfit::Other("its alg is for another kind of key"));
        }
        Ok(Self { algorithm, ..key })
    }

    /// Whether the key may be used with this algorithm: it has the right kind, and no other `alg`.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.family == algorithm.family() && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Whether an algorithm could be used with both keys, which are different.
    pub(crate) fn rivals(&self, other: &Self) -> bool {
        self.thumbprint != other.thumbprint
            && Algorithm::ALL.iter().any(|&algorithm| self.is_for(algorithm) && other.is_for(algorithm))
    }

    /// Whether both keys verify exactly the same signatures.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.thumbprint, self.algorithm) == (other.thumbprint, other.algorithm)
    }

    /// `canonical`: the members of RFC 7638 section 3.2, in the order of their names and without spaces.
    fn new(family: Family, canonical: &str, decoding: DecodingKey) -> Self {
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        Self { algorithm: None, family, thumbprint, decoding }
    }
}

/// The private members of RFC 7518 sections 6.2.2, 6.3.2 and 6.4 and RFC 8037 section 2. Some libraries write them without a
/// value into public keys; that is not a secret, but not a public key of the standard either.
pub(crate) fn secret(jwk: &Map<String, Value>) -> Option<Unfit> {
    if jwk.get("kty").and_then(Value::as_str) == Some("oct") {
        return Some(Unfit::Secret("kty"));
    }
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let mut private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].into_iter().filter(|&name| jwk.contains_key(name));
    let first = private.next()?;
    let secret = std::iter::once(first).chain(private).find(|&name| !is_empty(&jwk[name]));
    Some(secret.map_or(Unfit::Other("it has a member of private keys, without a value"), Unfit::Secret))
}

fn rsa(jwk: &Map<String, Value>) -> Result<Key, Unfit> {
    let number = |name| {
        // Removes leading zeros, which some issuers write although a Base64urlUInt has none (RFC 7518 section 2).
        let bytes = bytes(jwk, name).ok_or(Unfit::Other("n or e is not base64url"))?;
        Ok::<Vec<u8>, Unfit>(bytes.into_iter().skip_while(|&byte| byte == 0).collect())
    };
    let (modulus, exponent) = (number("n")?, number("e")?);
    if !(2048..=8192).contains(&bits(&modulus)) || is_even(&modulus) {
        return Err(Unfit::Other("its modulus is not an odd number of 2048 to 8192 bits"));
    }
    // Real exponents have at most 32 bits, and a very large one makes each verification slow.
    if !(2..=32).contains(&bits(&exponent)) || is_even(&exponent) {
        return Err(Unfit::Other("its exponent is not an odd number of 2 to 32 bits"));
    }
    let (n, e) = (URL_SAFE_NO_PAD.encode(&modulus), URL_SAFE_NO_PAD.encode(&exponent));
    let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    Ok(Key::new(Family::Rsa, &canonical, DecodingKey::from_rsa_raw_components(&modulus, &exponent)))
}

fn elliptic(jwk: &Map<String, Value>) -> Result<Key, Unfit> {
    let (curve, family, length) = match jwk.get("crv").and_then(Value::as_str) {
        Some(curve @ "P-256") => (curve, Family::P256, 32),
        Some(curve @ "P-384") => (curve, Family::P384, 48),
        _ => return Err(Unfit::Other("its crv is neither P-256 nor P-384")),
    };
    // A coordinate includes its leading zeros (RFC 7518 section 6.2.1.2), so its length is fixed.
    let coordinate = |name| {
        let bytes = bytes(jwk, name).filter(|bytes| bytes.len() == length);
        bytes.ok_or(Unfit::Other("x or y is not a coordinate of its curve"))
    };
    let (x, y) = (coordinate("x")?, coordinate("y")?);
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let on_curve = match family {
        Family::P384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &point).is_ok(),
        _ => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok(),
    };
    if !on_curve {
        return Err(Unfit::Other("it is not a point on its curve"));
    }
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let canonical = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok(Key::new(family, &canonical, DecodingKey::from_ec_der(&point)))
}

fn edwards(jwk: &Map<String, Value>) -> Result<Key, Unfit> {
    if jwk.get("crv").and_then(Value::as_str) != Some("Ed25519") {
        return Err(Unfit::Other("its crv is not Ed25519"));
    }
    let point = bytes(jwk, "x").filter(|point| point.len() == 32 && ParsedPublicKey::new(&ED25519, point).is_ok());
    let point = point.ok_or(Unfit::Other("x is not a point on its curve"))?;
    let x = URL_SAFE_NO_PAD.encode(&point);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    Ok(Key::new(Family::Ed25519, &canonical, DecodingKey::from_ed_der(&point)))
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    jwk.get(name).and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|last| last % 2 == 0)
}

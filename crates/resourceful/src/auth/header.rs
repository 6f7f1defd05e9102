//! The compact form of a signed token and its JOSE header (RFC 7515), read strictly.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Algorithm;
use super::jwk::{Key, MAX_KID_LENGTH};
use super::jwks::KeySet;
use super::rejection::{Rejection, quoted};
use crate::error::Result;
use crate::json::strict;

/// The longest token that is read; longer ones are refused.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// The parts of a JWS in compact form. Do not trust their content before [`Compact::check_signature`] succeeds.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Vec<u8>,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Splits a token into three parts of unpadded base64url without excess bits.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn parse(text: &'a str) -> Result<Self> {
        if text.len() > MAX_TOKEN_LENGTH {
            return Err(Rejection::TooLong.into());
        }
        // Five parts would be a JWE (RFC 7516), which is not supported.
        if text.bytes().filter(|&byte| byte == b'.').count() != 2 {
            return Err(Rejection::Form.into());
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Rejection::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(Rejection::Form)?;
        // URL_SAFE_NO_PAD refuses `=` and excess bits after the last byte, so each signature has exactly one encoding.
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| Rejection::Form.because(error));
        let header = strict::object(&decode(header)?).map_err(|error| Rejection::Header.because(error))?;
        let payload = decode(payload)?;
        if decode(signature)?.is_empty() {
            return Err(Rejection::Form.because("no signature"));
        }
        Ok(Self { header, payload, signed, signature })
    }

    /// The `alg` of the header.
    ///
    /// # Errors
    /// 401 `invalid-token` if it is missing or not supported.
    pub(crate) fn algorithm(&self) -> Result<Algorithm> {
        match self.header.get("alg") {
            Some(Value::String(name)) => name.parse().map_err(|_| Rejection::Algorithm.because(quoted(name))),
            _ => Err(Rejection::Header.because("alg is not a string")),
        }
    }

    /// Refuses header parameters that would change the meaning of the token.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn check_extensions(&self) -> Result<()> {
        // An empty `crit` is malformed too (RFC 7515 section 4.1.11). `b64` (RFC 7797) changes the signed bytes.
        match ["crit", "b64"].into_iter().find(|&name| self.header.contains_key(name)) {
            Some(name) => Err(Rejection::Extension.because(name)),
            None => Ok(()),
        }
    }

    /// Checks the signature with this key.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn check_signature(&self, algorithm: Algorithm, key: &Key) -> Result<()> {
        if !key.is_for(algorithm) {
            return Err(Rejection::Algorithm.because("the key is published for another algorithm"));
        }
        let (signed, backend) = (self.signed.as_bytes(), algorithm.backend());
        match jsonwebtoken::crypto::verify(self.signature, signed, &key.decoding, backend) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Rejection::Signature.into()),
            Err(error) => Err(Rejection::Signature.because(error)),
        }
    }
}

/// The parts of an access token, with a checked header.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    compact: Compact<'a>,
}

impl<'a> Jws<'a> {
    /// Splits a token and checks its header.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn parse(token: &'a str) -> Result<Self> {
        let compact = Compact::parse(token)?;
        compact.check_extensions()?;
        match compact.header.get("typ") {
            None => {}
            Some(Value::String(kind)) if is_access_token(kind) => {}
            Some(kind) => return Err(Rejection::Kind.because(quoted(&kind.to_string()))),
        }
        let algorithm = compact.algorithm()?;
        let kid = match compact.header.get("kid") {
            None => None,
            Some(Value::String(kid)) if (1..=MAX_KID_LENGTH).contains(&kid.len()) => Some(kid.clone()),
            Some(_) => return Err(Rejection::KeyId.into()),
        };
        Ok(Self { algorithm, kid, compact })
    }

    /// The id of the key that signed the token. `jku`, `jwk`, `x5u` and `x5c` are never read, because a token must not
    /// provide its own key (RFC 8725 section 3.10).
    ///
    /// # Errors
    /// 401 `invalid-token` if it names no key.
    pub(crate) fn kid(&self) -> Result<&str> {
        self.kid.as_deref().ok_or_else(|| Rejection::KeyId.into())
    }

    /// The key of this set that verifies the token: the one that the token names, or the only one if it names none.
    pub(crate) fn key_of<'k>(&self, keys: &'k KeySet) -> Option<&'k Arc<Key>> {
        match &self.kid {
            Some(kid) => keys.get(kid, self.algorithm),
            None => keys.only(),
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks that the algorithm is one of these. This happens before the key is looked up, so that a token that will be
    /// refused in any case cannot cause a fetch of keys.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn check_algorithm(&self, accepted: &[Algorithm]) -> Result<()> {
        if accepted.contains(&self.algorithm) {
            return Ok(());
        }
        Err(Rejection::Algorithm.because(self.algorithm.name()))
    }

    /// Checks the signature with this key.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn check_signature(&self, key: &Key) -> Result<()> {
        self.compact.check_signature(self.algorithm, key)
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.compact.payload
    }

    pub(crate) fn into_payload(self) -> Vec<u8> {
        self.compact.payload
    }
}

/// Checks that `typ` is `JWT` (RFC 7519 section 5.1) or `at+jwt` (RFC 9068 section 2.1). It is a media type, so case is
/// ignored and the prefix `application/` is optional. Explicit typing refuses tokens that were made for other purposes
/// (RFC 8725 section 3.11).
fn is_access_token(kind: &str) -> bool {
    let name = media_type(kind);
    name.eq_ignore_ascii_case("jwt") || name.eq_ignore_ascii_case("at+jwt")
}

/// The name of a `typ` without the optional `application/` (RFC 7515 section 4.1.9).
pub(crate) fn media_type(kind: &str) -> &str {
    const PREFIX: &str = "application/";
    match kind.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &kind[PREFIX.len()..],
        _ => kind,
    }
}

//! The compact form of a signed token and its JOSE header (RFC 7515), read strictly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Algorithm;
use super::jwks::Key;
use super::refusal::{Refusal, quoted};
use super::strict;
use crate::error::Result;

/// The longest token that is read at all.
pub const MAX_TOKEN_LENGTH: usize = 8 * 1024;

/// The longest key id that is read.
pub(crate) const MAX_KID_LENGTH: usize = 256;

/// A token taken apart. Nothing in it is to be believed before [`Jws::check_signature`].
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: String,
    pub(crate) payload: Vec<u8>,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Takes a token apart: three parts of unpadded base64url without stray bits, and a header that asks for nothing
    /// we do not do.
    ///
    /// # Errors
    /// 401 `invalid-token`.
    pub(crate) fn parse(token: &'a str) -> Result<Self> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(Refusal::TooLong.into());
        }
        // Five parts would be a JWE (RFC 7516), which nobody decrypts here.
        if token.bytes().filter(|&byte| byte == b'.').count() != 2 {
            return Err(Refusal::Form.into());
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Form)?;
        // URL_SAFE_NO_PAD refuses `=` and bits behind the last byte, so that one signature has one spelling.
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| Refusal::Form.because(error));
        let header = strict::object(&decode(header)?).map_err(|error| Refusal::Header.because(error))?;
        let payload = decode(payload)?;
        if decode(signature)?.is_empty() {
            return Err(Refusal::Form.because("no signature"));
        }
        let (algorithm, kid) = read_header(&header)?;
        Ok(Self { algorithm, kid, payload, signed, signature })
    }

    /// Checks that the algorithm is one of these: before a key is looked for, so that a token cannot cause a fetch
    /// that it could never profit from.
    pub(crate) fn check_algorithm(&self, accepted: &[Algorithm]) -> Result<()> {
        if accepted.contains(&self.algorithm) {
            return Ok(());
        }
        Err(Refusal::Algorithm.because(self.algorithm.name()))
    }

    /// Checks the signature with this key.
    pub(crate) fn check_signature(&self, key: &Key) -> Result<()> {
        if key.algorithm.is_some_and(|only| only != self.algorithm) {
            return Err(Refusal::Algorithm.because("the key is published for another algorithm"));
        }
        let good = jsonwebtoken::crypto::verify(
            self.signature,
            self.signed.as_bytes(),
            &key.decoding,
            self.algorithm.backend(),
        );
        match good {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Signature.into()),
            Err(error) => Err(Refusal::Signature.because(error)),
        }
    }
}

/// Reads `alg` and `kid` and refuses what would change the meaning of the rest. `jku`, `jwk`, `x5u` and `x5c` are never
/// read: a token does not bring its own key (RFC 8725 section 3.10).
fn read_header(header: &Map<String, Value>) -> Result<(Algorithm, String)> {
    // An empty `crit` is itself malformed (RFC 7515 section 4.1.11). `b64` (RFC 7797) changes what was signed.
    if let Some(name) = ["crit", "b64"].into_iter().find(|&name| header.contains_key(name)) {
        return Err(Refusal::Extension.because(name));
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if is_access_token(kind) => {}
        Some(kind) => return Err(Refusal::Kind.because(quoted(&kind.to_string()))),
    }
    let algorithm = match header.get("alg") {
        Some(Value::String(name)) => name.parse().map_err(|_| Refusal::Algorithm.because(quoted(name)))?,
        _ => return Err(Refusal::Header.because("alg is no string")),
    };
    match header.get("kid") {
        Some(Value::String(kid)) if (1..=MAX_KID_LENGTH).contains(&kid.len()) => Ok((algorithm, kid.clone())),
        _ => Err(Refusal::KeyId.into()),
    }
}

/// `JWT` (RFC 7519 section 5.1) or `at+jwt` (RFC 9068 section 2.1), a media type and so without regard to case and with
/// `application/` optional. Explicit typing keeps out tokens made for other purposes (RFC 8725 section 3.11).
fn is_access_token(kind: &str) -> bool {
    const PREFIX: &str = "application/";
    let name = match kind.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &kind[PREFIX.len()..],
        _ => kind,
    };
    name.eq_ignore_ascii_case("jwt") || name.eq_ignore_ascii_case("at+jwt")
}

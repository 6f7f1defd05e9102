//! A client's key, for tests and experiments.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::token_hash::token_hash;
use crate::auth::issuer_error::IssuerError;

/// The key of a client that uses bound tokens, on the curve P-256.
///
/// ```
/// use resourceful::auth::DpopKey;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = DpopKey::generate()?;
/// // What the token's `cnf` claim says, and what goes with the token into the header `DPoP`
/// let cnf = resourceful::serde_json::json!({"jkt": key.thumbprint()});
/// let proof = key.proof("GET", "https://api.example.com/api/v1/projects", "the token")?;
/// # let _ = (cnf, proof);
/// # Ok(())
/// # }
/// ```
pub struct DpopKey {
    pair: EcdsaKeyPair,
    jwk: Value,
    thumbprint: String,
}

impl DpopKey {
    /// Generates a new key.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn generate() -> Result<Self, IssuerError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        // An uncompressed point: a byte 4, then both coordinates.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        Ok(Self { pair, jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}), thumbprint })
    }

    /// `jkt`: the thumbprint of the public key (RFC 7638).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Makes a proof for one request with this token, at the current time.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn proof(&self, method: &str, url: &str, token: &str) -> Result<String, IssuerError> {
        self.sign(&self.header(), &self.claims(method, url, token)?)
    }

    /// The claims of a proof. Change them before [`sign`](Self::sign) to make special proofs.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn claims(&self, method: &str, url: &str, token: &str) -> Result<Map<String, Value>, IssuerError> {
        let mut jti = [0; 16];
        SystemRandom::new().fill(&mut jti)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let url = url.split(['?', '#']).next().unwrap_or(url);
        let claims = [
            ("jti", URL_SAFE_NO_PAD.encode(jti).into()),
            ("htm", method.into()),
            ("htu", url.into()),
            ("iat", now.into()),
            ("ath", token_hash(token).into()),
        ];
        Ok(claims.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect())
    }

    /// The header of a proof.
    pub fn header(&self) -> Map<String, Value> {
        let members = [("typ", "dpop+jwt".into()), ("alg", "ES256".into()), ("jwk", self.jwk.clone())];
        members.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
    }

    /// Signs any header and claims with ES256, valid or not.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Result<String, IssuerError> {
        self.sign_parts(&json!(header).to_string(), &json!(claims).to_string())
    }

    pub(crate) fn sign_parts(&self, header: &str, claims: &str) -> Result<String, IssuerError> {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl std::fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DpopKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

//! The development issuer: signs tokens for a server that has no Auth0 tenant yet.
//!
//! A person who can read its key file can sign in as any user of the server. It is for development and tests; the
//! application does not start with it in production.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::{Map, Value, json};

use super::issuer_error::IssuerError;
use super::pem_file;
use super::{ClaimNames, claim_names, selfcheck};

/// The name of the key file in the data folder.
pub const DEV_KEY_FILE: &str = "dev-issuer-key.pem";

/// An issuer of tokens with its own key, for development and tests.
#[derive(Clone)]
pub struct DevIssuer(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    issuer: String,
    names: ClaimNames,
    kid: String,
    jwks: String,
    key: EncodingKey,
}

/// What a token is to contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// `sub`: the user, such as `auth0|ada`. A `sub` that ends with `@clients` is an application.
    pub sub: String,
    /// The permissions.
    pub permissions: Vec<String>,
    /// The roles; if there are none, the token has no such claim.
    pub roles: Vec<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// How long the token is valid, from now.
    pub expires_in: Duration,
    /// `aud`: the API that the token is for.
    pub audience: String,
}

impl TokenRequest {
    /// A request for a token for this user and API that is valid for one hour and has no permissions.
    pub fn new(sub: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            sub: sub.into(),
            permissions: Vec::new(),
            roles: Vec::new(),
            email: None,
            name: None,
            expires_in: Duration::from_secs(3600),
            audience: audience.into(),
        }
    }
}

impl DevIssuer {
    /// Opens the issuer whose key is in the file [`DEV_KEY_FILE`] of this folder. Folder and key are created if they are
    /// missing; if two processes start at the same time, one creates the key and both use it. Only the file's owner can
    /// read it.
    ///
    /// `issuer` becomes the claim `iss`, such as `http://localhost:8000/`.
    ///
    /// # Errors
    /// If the file cannot be read or written, or does not contain an RSA private key.
    pub fn open(folder: &Path, issuer: impl Into<String>) -> Result<Self, IssuerError> {
        let path = folder.join(DEV_KEY_FILE);
        let pem = pem_file::read_or_create(&path, || Ok(pem_file::to_pem(&generate()?)))?;
        Self::from_pem(&pem, issuer.into())
    }

    /// Creates an issuer with a new key that is kept in memory only.
    ///
    /// # Errors
    /// If the key cannot be generated.
    pub fn in_memory(issuer: impl Into<String>) -> Result<Self, IssuerError> {
        Self::from_pem(&pem_file::to_pem(&generate()?), issuer.into())
    }

    fn from_pem(pem: &str, issuer: String) -> Result<Self, IssuerError> {
        selfcheck::run().map_err(|_| IssuerError::Crypto)?;
        let der = pem_file::from_pem(pem).ok_or(IssuerError::Key)?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| IssuerError::Key)?;
        let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let (n, e) = (URL_SAFE_NO_PAD.encode(public.n), URL_SAFE_NO_PAD.encode(public.e));
        // The thumbprint of RFC 7638: these members in this order, without spaces.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        let jwk = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e});
        let jwks = json!({"keys": [jwk]}).to_string();
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| IssuerError::Key)?;
        Ok(Self(Arc::new(Inner { issuer, names: ClaimNames::default(), kid, jwks, key })))
    }

    /// Sets the names of the claims, which must be those of the verifier.
    #[must_use]
    pub fn with_claim_names(mut self, names: ClaimNames) -> Self {
        Arc::make_mut(&mut self.0).names = names;
        self
    }

    /// The issuer's `iss`.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The id of the issuer's key: the thumbprint of RFC 7638.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The issuer's key set as JSON, for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> &str {
        &self.0.jwks
    }

    /// Signs a token.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn sign(&self, request: &TokenRequest) -> Result<String, IssuerError> {
        self.sign_claims(&self.claims(request))
    }

    /// The claims of a token. Change them before [`sign_claims`](Self::sign_claims) to make special tokens.
    pub fn claims(&self, request: &TokenRequest) -> Map<String, Value> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let names = &self.0.names;
        let mut claims = Map::new();
        claim_names::put(&mut claims, &names.permissions, &request.permissions);
        if !request.roles.is_empty() {
            claim_names::put(&mut claims, &names.roles, &request.roles);
        }
        let mut put = |name: &str, value: Value| {
            claims.insert(name.to_owned(), value);
        };
        put("iss", self.0.issuer.as_str().into());
        put("sub", request.sub.as_str().into());
        if let Some(name) = names.audience.first() {
            put(name, request.audience.as_str().into());
        }
        put("iat", now.into());
        put("exp", now.saturating_add(request.expires_in.as_secs()).into());
        if let (Some(name), Some(email)) = (names.email.first(), &request.email) {
            put(name, email.as_str().into());
        }
        if let Some(name) = &request.name {
            put("name", name.as_str().into());
        }
        if request.sub.ends_with("@clients") {
            put("gty", "client-credentials".into());
        }
        claims
    }

    /// Signs any claims, valid or not.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn sign_claims(&self, claims: &Map<String, Value>) -> Result<String, IssuerError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.0.kid});
        self.sign_parts(&header.to_string(), &json!(claims).to_string())
    }

    /// Signs any text with RS256, even if the header names another algorithm.
    pub(crate) fn sign_parts(&self, header: &str, payload: &str) -> Result<String, IssuerError> {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.0.key, jsonwebtoken::Algorithm::RS256);
        Ok(format!("{signed}.{}", signature.map_err(|_| IssuerError::Crypto)?))
    }
}

impl std::fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevIssuer").field("issuer", &self.0.issuer).field("kid", &self.0.kid).finish_non_exhaustive()
    }
}

fn generate() -> Result<Vec<u8>, IssuerError> {
    let der: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    Ok(der.as_ref().to_vec())
}

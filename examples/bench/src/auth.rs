//! Verifies the token of each request (RS256), with the key set in `JWKS`.

use actix_web::HttpRequest;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

pub struct Auth {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    permissions: Vec<String>,
}

impl Auth {
    /// From the variables `JWKS`, `ISSUER` and `AUDIENCE`; `None` without them.
    pub fn from_env() -> Option<Self> {
        let set: JwkSet = serde_json::from_str(&std::env::var("JWKS").ok()?).ok()?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[std::env::var("AUDIENCE").ok()?]);
        validation.set_issuer(&[std::env::var("ISSUER").ok()?]);
        Some(Self { key: DecodingKey::from_jwk(set.keys.first()?).ok()?, validation })
    }

    pub fn permits(&self, req: &HttpRequest, permission: &str) -> bool {
        let header = req.headers().get("authorization").and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
        decode::<Claims>(token, &self.key, &self.validation)
            .is_ok_and(|token| token.claims.permissions.iter().any(|held| held == permission))
    }
}

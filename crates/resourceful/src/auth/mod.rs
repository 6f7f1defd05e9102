//! Authentication: access tokens and the keys that verify them.
//!
//! [`credentials`] finds the token in the `Authorization` header, and a [`Verifier`] turns it into a
//! [`CurrentUser`](crate::actor::CurrentUser). A token is a JWT (RFC 7519) that is signed with a key which its issuer
//! publishes in a JWK set (RFC 7517); Auth0 calls it an access token for a custom API. [`DevIssuer`] replaces the
//! tenant on a developer's machine.
//!
//! ```
//! use resourceful::auth::{DevIssuer, TokenRequest, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = DevIssuer::in_memory("http://localhost:8000/")?;
//! let mut request = TokenRequest::new("auth0|ada", "https://api.example.com");
//! request.permissions.push("projects:read".into());
//! let token = issuer.sign(&request)?;
//!
//! let verifier = Verifier::with_static_keys(issuer.issuer(), "https://api.example.com", issuer.jwks())?;
//! let user = verifier.verify(&token).await?;
//! assert_eq!(user.id, "auth0|ada");
//! assert!(user.has_permission("projects:read"));
//! # Ok(())
//! # }
//! ```
//!
//! See also [how to set up Auth0](auth0), from an empty tenant to the first response, and the settings for
//! [other identity providers](identity_providers).
//!
//! # What is refused
//!
//! The list follows RFC 8725 (JSON Web Token Best Current Practices) section 3:
//!
//! - an algorithm that is not configured for the issuer; `none` and HMAC cannot be configured (3.1, 3.2);
//! - a header with `crit` or `b64`; a key that the token itself contains or points to is never used (3.10);
//! - a weak key, one published for another purpose, two keys of one id that an algorithm could choose between (3.5);
//! - another issuer's key, an unknown issuer, no subject (3.8); another audience, or none (3.9);
//! - a `typ` other than `JWT` and `at+jwt` (3.11), and an ID token, by its audience (3.12), or where the issuer says so
//!   in a claim;
//! - repeated names in the header or the claims, and a known claim of the wrong type;
//! - a token that is bound to a key (`cnf`, RFC 7800), unless [`DpopSettings`] allow it and the request has a proof; one
//!   that is bound in another way, always.
//!
//! An accepted token is cached for at most one minute ([`TokenCache`]): the next request with it computes a hash instead
//! of verifying a signature. If the keys of an issuer change, the whole cache is emptied.
//!
//! Keys are fetched only from the URLs in the settings, over HTTPS, from the public internet, and without following
//! redirects. [`KeyLocation::Discovery`] reads the URL from the issuer's metadata, which may name allowed origins only.
//!
//! An invalid token is 401 `invalid-token`. If the keys cannot be fetched and the token's key is not cached, the response
//! is 503 `auth-keys-unavailable`, because clients sign out their users on 401.

#[doc = include_str!("../docs/auth0.md")]
pub mod auth0 {}

#[doc = include_str!("../docs/identity_providers.md")]
pub mod identity_providers {}

mod algorithm;
mod bearer;
mod claim_names;
mod claims;
mod clock;
mod discovery;
mod dpop;
mod fetch;
mod from_env;
mod header;
mod ip_filter;
mod issuer;
mod issuer_error;
mod jwk;
mod jwks;
mod keys;
pub(crate) mod management;
mod pem_file;
mod rejection;
mod selfcheck;
mod settings;
#[cfg(test)]
mod tests;
mod token_cache;
mod variables;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use bearer::{Credentials, bearer, credentials};
pub use claim_names::ClaimNames;
pub use dpop::{DpopKey, DpopMode, DpopRequest, DpopSettings, MAX_PROOF_AGE, ProofStore};
#[cfg(feature = "jwks-http")]
pub use fetch::HttpFetch;
pub use fetch::{FetchError, FetchKeys, Fetched, MAX_KEY_SET_LENGTH, Reach};
pub(crate) use from_env::{DEVELOPMENT_AUDIENCE, Tenant};
pub use header::MAX_TOKEN_LENGTH;
pub use issuer::{DEV_KEY_FILE, DevIssuer, TokenRequest};
pub use issuer_error::IssuerError;
pub use jwks::{InvalidKeySet, KeySet};
pub use management::ManagementSettings;
pub(crate) use rejection::Rejected;
pub use settings::{AuthSettings, IssuerSettings, KeyLocation, MAX_LEEWAY, SettingsError};
pub use token_cache::TokenCache;
pub(crate) use variables::{management_variables, token_variables};
pub use verify::{Verifier, VerifierBuilder, verify_jws};

//! Tokens that are bound to a key of the client (DPoP, RFC 9449). A stolen token cannot be used without that key.
//!
//! Such a token contains the thumbprint of a public key. Each request contains a proof: a small JWT for this method,
//! this URL and this token, signed with the private key. Each proof can be used for one request.

mod key;
mod proof;
mod replay;
mod request;
mod settings;
mod shared;
mod target;
mod token_hash;

pub use key::DpopKey;
pub(crate) use proof::Dpop;
pub use request::DpopRequest;
pub use settings::{DpopMode, DpopSettings, MAX_PROOF_AGE};
pub use shared::ProofStore;

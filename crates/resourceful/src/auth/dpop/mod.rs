//! Tokens that are bound to a key of the client (DPoP, RFC 9449): a stolen one is of no use without that key.
//!
//! Such a token carries the thumbprint of a public key, and each request a proof: a small JWT made for this method,
//! this address and this token, signed with the private key. Each proof can be used for one request.

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

//! What users' own tests need (feature `testing`).

mod issuer;

pub use issuer::TestIssuer;

//! Which tokens must be bound to a key, and how proofs are checked.

use std::time::Duration;

use super::target;
use crate::auth::Algorithm;

/// Whether tokens may or must be bound to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DpopMode {
    /// Bound tokens are refused, and proofs are not checked.
    #[default]
    Off,
    /// A bound token needs a proof; other tokens are bearer tokens.
    Allowed,
    /// Every token must be bound.
    Required,
}

/// How proofs are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopSettings {
    /// Off by default.
    pub mode: DpopMode,
    /// The allowed signature algorithms of proofs: ES256 by default, which Auth0's clients use.
    pub algorithms: Vec<Algorithm>,
    /// The origins under which clients call this API, such as `https://api.example.com`, with the path that a proxy removes,
    /// if it removes one: `https://example.com/shop`. If the list is empty, the origin is the request's `Host` with the
    /// scheme of the connection, which is right without a proxy. `X-Forwarded` headers are never read, because any client
    /// can send them.
    pub origins: Vec<String>,
    /// The maximum age of a proof, in addition to the leeway: one minute by default, [`MAX_PROOF_AGE`] at most.
    pub proof_age: Duration,
}

/// The largest [`DpopSettings::proof_age`]. It is limited because all proofs of that time are stored.
pub const MAX_PROOF_AGE: Duration = Duration::from_secs(300);

impl Default for DpopSettings {
    fn default() -> Self {
        Self {
            mode: DpopMode::Off,
            algorithms: vec![Algorithm::ES256],
            origins: Vec::new(),
            proof_age: Duration::from_secs(60),
        }
    }
}

impl DpopSettings {
    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        let algorithms = self.algorithms.is_empty().then(|| "DPoP has no algorithms".to_owned());
        let age = (self.proof_age > MAX_PROOF_AGE || self.proof_age.is_zero())
            .then(|| format!("The age of a DPoP proof is {:?}; it can be up to {MAX_PROOF_AGE:?}", self.proof_age));
        let origins = self.origins.iter().filter(|origin| target::base(origin).is_none());
        let origins = origins.map(|origin| {
            format!("{origin:?} is not an origin for DPoP; write it as https://api.example.com or https://example.com/path, without a slash at the end")
        });
        algorithms.into_iter().chain(age).chain(origins)
    }
}

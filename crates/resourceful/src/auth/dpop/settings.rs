//! Which tokens must be bound to a key, and how proofs are checked.

use std::time::Duration;

use super::target;
use crate::auth::Algorithm;

/// Whether tokens may or must be bound to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DpopMode {
    /// A bound token is refused: nobody checks the proof.
    #[default]
    Off,
    /// A bound token needs its proof; others are bearer tokens.
    Allowed,
    /// Every token must be bound.
    Required,
}

/// How proofs are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopSettings {
    /// Off by default.
    pub mode: DpopMode,
    /// What proofs may be signed with: ES256 by default, the one that Auth0's clients use.
    pub algorithms: Vec<Algorithm>,
    /// How clients address this API, such as `https://api.example.com`. Without any it is the request's own `Host`,
    /// over HTTP or HTTPS as the connection is: enough without a proxy in front. No `X-Forwarded` header is ever read,
    /// since any client can send one.
    pub origins: Vec<String>,
    /// How old a proof may be, the leeway aside: a minute by default, [`MAX_PROOF_AGE`] at most.
    pub proof_age: Duration,
}

/// The longest [`DpopSettings::proof_age`]: each proof of that time is remembered.
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
        let origins = self.origins.iter().filter(|origin| target::origin(origin).is_none());
        let origins = origins.map(|origin| {
            format!("{origin:?} is no origin for DPoP; write it as https://api.example.com, without a path")
        });
        algorithms.into_iter().chain(age).chain(origins)
    }
}

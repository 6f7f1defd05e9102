//! Tokens that are bound to a key of the client (DPoP, RFC 9449): whoever steals one cannot use it.
//!
//! Such a token carries the thumbprint of a public key, and each request a proof: a small JWT made for this method,
//! this address and this token, signed with the private key. Each proof is good for one request.

mod key;
mod replay;
mod shared;
mod target;

pub use key::DpopKey;
pub(crate) use replay::ProofId;
pub use shared::ProofStore;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use self::replay::Replays;
use self::target::Target;
use super::Algorithm;
use super::clock::Clock;
use super::header::{Compact, media_type};
use super::jwk::{Key, Thumbprint};
use super::refusal::{Refusal, quoted};
use crate::error::{Error, Result, catalogue};
use crate::json::strict;

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

/// The longest `jti` that is read.
const MAX_JTI_LENGTH: usize = 256;

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
        let origins = self.origins.iter().filter(|origin| Target::origin(origin).is_none());
        let origins = origins.map(|origin| {
            format!("{origin:?} is no origin for DPoP; write it as https://api.example.com, without a path")
        });
        algorithms.into_iter().chain(age).chain(origins)
    }
}

/// A request with a bound token: what its proof must have been made for.
#[derive(Debug, Clone)]
pub struct DpopRequest<'a> {
    /// The values of all `DPoP` headers.
    pub proofs: Vec<&'a [u8]>,
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The connection is encrypted.
    pub https: bool,
    /// The values of all `Host` headers.
    pub hosts: Vec<&'a [u8]>,
    /// The path as it was sent, without the query.
    pub path: &'a str,
}

/// Checks proofs.
pub(crate) struct Dpop {
    mode: DpopMode,
    algorithms: Vec<Algorithm>,
    names: String,
    origins: Vec<String>,
    proof_age: f64,
    leeway: f64,
    replays: Replays,
    /// What other processes have seen.
    store: Option<Arc<dyn ProofStore>>,
}

impl Dpop {
    pub(crate) fn new(settings: &DpopSettings, leeway: Duration, store: Option<Arc<dyn ProofStore>>) -> Option<Self> {
        if settings.mode == DpopMode::Off {
            return None;
        }
        let names: Vec<&str> = settings.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        Some(Self {
            mode: settings.mode,
            names: names.join(" "),
            algorithms: settings.algorithms.clone(),
            origins: settings.origins.iter().filter_map(|origin| Target::origin(origin)).collect(),
            proof_age: settings.proof_age.as_secs_f64(),
            leeway: leeway.as_secs_f64(),
            // A proof that comes early by the leeway is good until its age and the leeway are over.
            replays: Replays::new(settings.proof_age + 2 * leeway),
            store,
        })
    }

    pub(crate) fn is_required(&self) -> bool {
        self.mode == DpopMode::Required
    }

    /// The names of the algorithms, for the challenge of RFC 9449 section 7.1.
    pub(crate) fn algorithms(&self) -> &str {
        &self.names
    }

    /// Checks the proof of a request with this token, which is bound to this key (RFC 9449 section 4.3). All but that it
    /// is used for the first time: what is refused for another reason takes no room.
    ///
    /// # Errors
    /// 401 `invalid-dpop-proof`; 400 `invalid-request` for a request without a usable `Host`.
    pub(crate) fn check(
        &self,
        request: &DpopRequest<'_>,
        token: &str,
        bound_to: &Thumbprint,
        clock: &dyn Clock,
    ) -> Result<ProofId> {
        let [proof] = request.proofs.as_slice() else { return Err(Refusal::ProofCount.into()) };
        let form = |error: Error| Refusal::ProofForm.because(error);
        let proof = std::str::from_utf8(proof).map_err(|error| Refusal::ProofForm.because(error))?;
        let proof = Compact::parse(proof).map_err(form)?;
        proof.check_extensions().map_err(form)?;
        match proof.header.get("typ") {
            // Explicit typing keeps out every other kind of JWT (RFC 8725 section 3.11).
            Some(Value::String(kind)) if media_type(kind).eq_ignore_ascii_case("dpop+jwt") => {}
            _ => return Err(Refusal::ProofForm.because("typ is not dpop+jwt")),
        }
        let algorithm = proof.algorithm().map_err(|error| Refusal::ProofAlgorithm.because(error))?;
        if !self.algorithms.contains(&algorithm) {
            return Err(Refusal::ProofAlgorithm.because(algorithm.name()));
        }
        let key = match proof.header.get("jwk") {
            Some(Value::Object(jwk)) => Key::read(jwk).map_err(|unfit| Refusal::ProofKey.because(unfit.reason()))?,
            _ => return Err(Refusal::ProofKey.because("jwk is no object")),
        };
        if !key.is_for(algorithm) {
            return Err(Refusal::ProofKey.because("jwk is a key for another algorithm"));
        }
        proof.check_signature(algorithm, &key).map_err(|error| Refusal::ProofSignature.because(error))?;
        let claims = strict::object(&proof.payload).map_err(|error| Refusal::ProofClaims.because(error))?;
        let jti = text(&claims, "jti")?;
        if jti.is_empty() || jti.len() > MAX_JTI_LENGTH {
            return Err(Refusal::ProofClaims.because("jti is empty or too long"));
        }
        if text(&claims, "htm")? != request.method {
            return Err(Refusal::ProofMethod.into());
        }
        self.check_address(text(&claims, "htu")?, request)?;
        let issued = claims.get("iat").filter(|iat| iat.is_number()).and_then(Value::as_f64);
        let issued = issued.ok_or_else(|| Refusal::ProofClaims.because("iat is no number"))?;
        let now = clock.seconds();
        if issued > now + self.leeway || issued < now - self.proof_age - self.leeway {
            return Err(Refusal::ProofTime.into());
        }
        if text(&claims, "ath")? != token_hash(token) {
            return Err(Refusal::ProofToken.into());
        }
        if key.thumbprint != *bound_to {
            return Err(Refusal::ProofBinding.into());
        }
        Ok(ProofId::new(&key.thumbprint, jti))
    }

    /// Lets a proof that was found good be used once.
    ///
    /// # Errors
    /// 401 `invalid-dpop-proof` the second time; 503 when more proofs arrive than can be remembered.
    pub(crate) async fn use_once(&self, proof: ProofId, clock: &dyn Clock) -> Result<()> {
        match self.replays.first_use(&proof, clock.instant()) {
            Some(true) => match &self.store {
                // Where nobody can say, this process alone knows.
                Some(store) if store.first_use(&proof.text(), self.replays.window()).await == Some(false) => {
                    Err(Refusal::ProofReplay.into())
                }
                _ => Ok(()),
            },
            Some(false) => Err(Refusal::ProofReplay.into()),
            // To forget a proof early would let it be used again, so the request waits instead.
            None => Err(Error::new(&catalogue::UNAVAILABLE, "Too many DPoP proofs at once; try again in a moment")
                .with_retry_after(Duration::from_secs(1))),
        }
    }

    /// `htu` is the address of the request without query and fragment, after the normalisation of RFC 3986 sections
    /// 6.2.2 and 6.2.3 (RFC 9449 section 4.3).
    fn check_address(&self, htu: &str, request: &DpopRequest<'_>) -> Result<()> {
        let wrong = || Refusal::ProofAddress.because(format!("htu is {}", quoted(htu)));
        let claimed = Target::parse(htu).ok_or_else(wrong)?;
        let own;
        let origins = if self.origins.is_empty() {
            own = [target::own_origin(request).ok_or_else(unusable_host)?];
            own.as_slice()
        } else {
            self.origins.as_slice()
        };
        let actual = |origin: &String| Target::parse(&format!("{origin}{}", request.path));
        if origins.iter().filter_map(actual).any(|actual| actual == claimed) { Ok(()) } else { Err(wrong()) }
    }
}

impl fmt::Debug for Dpop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpop").field("mode", &self.mode).field("algorithms", &self.names).finish_non_exhaustive()
    }
}

fn unusable_host() -> Error {
    Error::new(&catalogue::INVALID_REQUEST, "Send one Host header with a host and an optional port")
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str> {
    let text = claims.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Refusal::ProofClaims.because(format!("{name} is no string")))
}

/// `ath`: the hash of the token (RFC 9449 section 4.2).
pub(crate) fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

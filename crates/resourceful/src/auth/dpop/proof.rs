//! Checks the DPoP proof of a request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::replay::{ProofId, Replays, Use};
use super::request::DpopRequest;
use super::settings::{DpopMode, DpopSettings};
use super::shared::ProofStore;
use super::target::{self, Target};
use super::token_hash::token_hash;
use crate::actor::CurrentUser;
use crate::auth::Algorithm;
use crate::auth::clock::Clock;
use crate::auth::header::{Compact, media_type};
use crate::auth::jwk::{Key, Thumbprint};
use crate::auth::rejection::{Rejection, quoted};
use crate::error::{Error, Result, catalogue};
use crate::json::strict;

/// The longest `jti` that is read.
const MAX_JTI_LENGTH: usize = 256;

/// Checks proofs.
pub(crate) struct Dpop {
    mode: DpopMode,
    algorithms: Vec<Algorithm>,
    names: String,
    origins: Vec<String>,
    proof_age: f64,
    leeway: f64,
    replays: Replays,
    /// The proofs that other processes have seen.
    store: Option<Arc<dyn ProofStore>>,
}

impl Dpop {
    pub(crate) fn new(settings: &DpopSettings, leeway: Duration, store: Option<Arc<dyn ProofStore>>) -> Option<Self> {
        if settings.mode == DpopMode::Off {
            return None;
        }
        // Clients compare names, and Ed25519 has two (RFC 9864).
        let newer = |algorithm: &Algorithm| (*algorithm == Algorithm::EdDSA).then_some("Ed25519");
        let names = settings.algorithms.iter().flat_map(|algorithm| [Some(algorithm.name()), newer(algorithm)]);
        let names: Vec<&str> = names.flatten().collect();
        Some(Self {
            mode: settings.mode,
            names: names.join(" "),
            algorithms: settings.algorithms.clone(),
            origins: settings.origins.iter().filter_map(|origin| target::base(origin)).collect(),
            proof_age: settings.proof_age.as_secs_f64(),
            leeway: leeway.as_secs_f64(),
            // A proof from a clock that is ahead by the leeway is valid for the proof age plus twice the leeway.
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

    /// Checks the proof of a request with this token, which is bound to this key (RFC 9449 section 4.3). It does not check
    /// whether the proof was used before, so that proofs which are refused for another reason use no memory.
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
        let [proof] = request.proofs.as_slice() else { return Err(Rejection::ProofCount.into()) };
        let form = |error: Error| Rejection::ProofForm.because(error);
        let proof = std::str::from_utf8(proof).map_err(|error| Rejection::ProofForm.because(error))?;
        let proof = Compact::parse(proof).map_err(form)?;
        proof.check_extensions().map_err(form)?;
        match proof.header.get("typ") {
            // Explicit typing refuses every other kind of JWT (RFC 8725 section 3.11).
            Some(Value::String(kind)) if media_type(kind).eq_ignore_ascii_case("dpop+jwt") => {}
            _ => return Err(Rejection::ProofForm.because("typ is not dpop+jwt")),
        }
        let algorithm = proof.algorithm().map_err(|error| Rejection::ProofAlgorithm.because(error))?;
        if !self.algorithms.contains(&algorithm) {
            return Err(Rejection::ProofAlgorithm.because(algorithm.name()));
        }
        let key = match proof.header.get("jwk") {
            Some(Value::Object(jwk)) => Key::read(jwk).map_err(|unfit| Rejection::ProofKey.because(unfit.reason()))?,
            _ => return Err(Rejection::ProofKey.because("jwk is not an object")),
        };
        if !key.is_for(algorithm) {
            return Err(Rejection::ProofKey.because("jwk is a key for another algorithm"));
        }
        proof.check_signature(algorithm, &key).map_err(|error| Rejection::ProofSignature.because(error))?;
        let claims = strict::object(&proof.payload).map_err(|error| Rejection::ProofClaims.because(error))?;
        let jti = text(&claims, "jti")?;
        if jti.is_empty() || jti.len() > MAX_JTI_LENGTH {
            return Err(Rejection::ProofClaims.because("jti is empty or too long"));
        }
        if text(&claims, "htm")? != request.method {
            return Err(Rejection::ProofMethod.into());
        }
        self.check_address(text(&claims, "htu")?, request)?;
        let issued = number(&claims, "iat")?.ok_or_else(|| Rejection::ProofClaims.because("iat is missing"))?;
        let now = clock.seconds();
        if issued > now + self.leeway || issued < now - self.proof_age - self.leeway {
            return Err(Rejection::ProofTime.into());
        }
        // A proof needs neither, but where they are they mean what they mean in every JWT (RFC 7519 sections 4.1.4, 4.1.5).
        let expires = number(&claims, "exp")?.is_some_and(|exp| now >= exp + self.leeway);
        let not_yet = number(&claims, "nbf")?.is_some_and(|nbf| nbf > now + self.leeway);
        if expires || not_yet {
            return Err(Rejection::ProofTime.into());
        }
        if text(&claims, "ath")? != token_hash(token) {
            return Err(Rejection::ProofToken.into());
        }
        if key.thumbprint != *bound_to {
            return Err(Rejection::ProofBinding.into());
        }
        Ok(ProofId::new(&key.thumbprint, jti))
    }

    /// Marks a valid proof of this user as used.
    ///
    /// # Errors
    /// 401 `invalid-dpop-proof` if it was used before; 503 if this process has no room for more proofs of this user, and no
    /// shared store answers.
    pub(crate) async fn use_once(&self, proof: ProofId, user: &CurrentUser, clock: &dyn Clock) -> Result<()> {
        let here = self.replays.first_use(&proof, user, clock.instant());
        if here == Use::Again {
            return Err(Rejection::ProofReplay.into());
        }
        let elsewhere = match &self.store {
            Some(store) => store.first_use(&proof.text(), self.replays.window()).await,
            None => None,
        };
        match (here, elsewhere) {
            (_, Some(false)) => Err(Rejection::ProofReplay.into()),
            (_, Some(true)) => Ok(()),
            // If the shared store does not respond, only the proofs of this process are checked.
            (Use::First | Use::Again, None) => Ok(()),
            // Removing a proof early would allow a second use, so the request is refused instead.
            (Use::NoRoom(after), None) => {
                let detail = "Too many DPoP proofs of one user in a few minutes; try again later";
                Err(Error::new(&catalogue::UNAVAILABLE, detail).with_retry_after(after))
            }
        }
    }

    /// `htu` is the address of the request without query and fragment, after the normalisation of RFC 3986 sections
    /// 6.2.2 and 6.2.3 (RFC 9449 section 4.3).
    fn check_address(&self, htu: &str, request: &DpopRequest<'_>) -> Result<()> {
        let wrong = || Rejection::ProofAddress.because(format!("htu is {}", quoted(htu)));
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
    text.ok_or_else(|| Rejection::ProofClaims.because(format!("{name} is not a string")))
}

fn number(claims: &Map<String, Value>, name: &'static str) -> Result<Option<f64>> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64().filter(|_| value.is_number()) {
            Some(number) => Ok(Some(number)),
            None => Err(Rejection::ProofClaims.because(format!("{name} is not a number"))),
        },
    }
}

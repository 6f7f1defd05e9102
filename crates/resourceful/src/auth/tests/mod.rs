//! Tests of token verification. A test with several cases is a table.

mod accepted;
mod bearer;
#[cfg(feature = "jwks-http")]
mod discovery;
mod dpop;
mod dpop_parts;
#[cfg(feature = "jwks-http")]
mod faults;
mod ip_filter;
mod issuer;
mod jwks;
#[cfg(feature = "jwks-http")]
mod keys;
mod rejected;
#[cfg(feature = "jwks-http")]
mod server;
mod settings;
mod token_cache;
mod tokens;
mod vectors;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::clock::Clock;
use super::{DevIssuer, TokenRequest, Verifier};

pub(super) const ISSUER: &str = "https://tenant.test/";
pub(super) const AUDIENCE: &str = "https://api.test";
/// The time of day in all tests.
pub(super) const NOW: u64 = 1_800_000_000;

/// A clock that does not run; tests set it.
pub(super) struct TestClock {
    start: Instant,
    passed: AtomicU64,
    /// By how much the time of day was set back.
    back: AtomicU64,
}

impl TestClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), passed: AtomicU64::new(0), back: AtomicU64::new(0) })
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn put_back(&self, seconds: u64) {
        self.back.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    #[expect(clippy::cast_precision_loss, reason = "seconds of this century are exact in f64")]
    fn seconds(&self) -> f64 {
        (NOW + self.passed.load(Ordering::SeqCst) - self.back.load(Ordering::SeqCst)) as f64
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_secs(self.passed.load(Ordering::SeqCst))
    }
}

/// The issuer that the verifier of the tests trusts.
pub(super) fn trusted() -> &'static DevIssuer {
    static KEY: OnceLock<DevIssuer> = OnceLock::new();
    KEY.get_or_init(|| DevIssuer::in_memory(ISSUER).unwrap())
}

/// An issuer with the same name and another key.
pub(super) fn forger() -> &'static DevIssuer {
    static KEY: OnceLock<DevIssuer> = OnceLock::new();
    KEY.get_or_init(|| DevIssuer::in_memory(ISSUER).unwrap())
}

/// Claims that are valid at [`NOW`].
pub(super) fn claims() -> Map<String, Value> {
    let mut request = TokenRequest::new("auth0|ada", AUDIENCE);
    request.permissions = vec!["projects:read".into(), "projects:write".into()];
    let mut claims = trusted().claims(&request);
    claims.insert("iat".into(), NOW.into());
    claims.insert("exp".into(), (NOW + 3600).into());
    claims
}

/// The claims with these added; `null` is added as a value.
pub(super) fn claims_with(changes: Value) -> Map<String, Value> {
    let mut claims = claims();
    claims.extend(changes.as_object().unwrap().clone());
    claims
}

/// The header of a valid token.
pub(super) fn header() -> Map<String, Value> {
    json!({"alg": "RS256", "typ": "JWT", "kid": trusted().kid()}).as_object().unwrap().clone()
}

/// A verifier that trusts [`trusted`] and whose clock is at [`NOW`].
pub(super) fn verifier() -> Verifier {
    Verifier::builder(super::AuthSettings::default())
        .static_issuer(ISSUER, AUDIENCE, trusted().jwks())
        .clock(TestClock::new())
        .build()
        .unwrap()
}

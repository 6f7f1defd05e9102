//! The parts of DPoP: settings, the header, the example of the RFC.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::dpop::mode;
use super::{AUDIENCE, ISSUER, trusted};
use crate::auth::clock::Clock;
use crate::auth::dpop::Dpop;
use crate::auth::rejection::Rejection::{self, ProofTime};
use crate::auth::{Algorithm, AuthSettings, Credentials, DpopMode, DpopRequest, DpopSettings, Verifier, credentials};

#[test]
fn settings_that_are_refused() {
    type Change = fn(&mut DpopSettings);
    let table: &[(Change, &str)] = &[
        (|s| s.algorithms.clear(), "no algorithms"),
        (|s| s.proof_age = Duration::from_secs(301), "age"),
        (|s| s.proof_age = Duration::ZERO, "age"),
        (|s| s.origins.push("api.test".into()), "not an origin"),
        (|s| s.origins.push("https://api.test/".into()), "not an origin"),
        (|s| s.origins.push("https://api.test/x/".into()), "not an origin"),
        (|s| s.origins.push("https://api.test/x#y".into()), "not an origin"),
        (|s| s.origins.push("https://api.test?x".into()), "not an origin"),
        (|s| s.origins.push("ftp://api.test".into()), "not an origin"),
        (|s| s.origins.push("https://x@api.test".into()), "not an origin"),
    ];
    for (change, word) in table {
        let mut dpop = mode(DpopMode::Allowed);
        change(&mut dpop);
        let builder = Verifier::builder(AuthSettings { dpop, ..AuthSettings::default() });
        let error = builder.static_issuer(ISSUER, AUDIENCE, trusted().jwks()).build().unwrap_err();
        assert!(error.problems.len() == 1 && error.to_string().contains(word), "{error}");
    }
}

#[test]
fn the_scheme_of_the_authorization_header() {
    let table: &[(&[u8], bool, Result<Option<Credentials<'_>>, &str>)] = &[
        (b"DPoP a.b.c", true, Ok(Some(Credentials::Dpop("a.b.c")))),
        (b"dpop a.b.c", true, Ok(Some(Credentials::Dpop("a.b.c")))),
        (b"Bearer a.b.c", true, Ok(Some(Credentials::Bearer("a.b.c")))),
        (b"DPoP a.b.c", false, Ok(None)),
        (b"DPoPx a.b.c", true, Ok(None)),
        (b"Basic YTpi", true, Ok(None)),
        (b"DPoP", true, Err("invalid-request")),
        (b"DPoP ", true, Err("invalid-request")),
        (b"DPoP a b", true, Err("invalid-request")),
        (b"DPoP a, Bearer b", true, Err("invalid-request")),
        (b"DPoP a\xff", true, Err("invalid-token")),
    ];
    for (value, dpop, expected) in table {
        let got = credentials([*value], *dpop);
        let shown = String::from_utf8_lossy(value);
        match (&got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{shown}"),
            (Err(error), Err(slug)) => assert_eq!(error.slug(), *slug, "{shown}"),
            _ => panic!("{shown}: {got:?}"),
        }
    }
    for two in [[b"DPoP a".as_slice(), b"Bearer a"], [b"Bearer a", b"DPoP a"], [b"DPoP a", b"DPoP a"]] {
        assert_eq!(credentials(two, true).unwrap_err().slug(), "invalid-request");
    }
}

/// A clock with the time of the example.
struct Fixed(f64);

impl Clock for Fixed {
    fn seconds(&self) -> f64 {
        self.0
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// The request of RFC 9449 section 7.1, whose key has the thumbprint of section 6.1.
#[test]
fn the_example_of_the_rfc() {
    let proof = "\
        eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscE\
        JoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19\
        .eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0Z\
        WRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2o\
        W9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let thumbprint = URL_SAFE_NO_PAD.decode("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap();
    let thumbprint = thumbprint.try_into().unwrap();
    let request = DpopRequest {
        proofs: vec![proof.as_bytes()],
        method: "GET",
        https: true,
        hosts: vec![b"resource.example.org"],
        path: "/protectedresource",
    };
    let settings = DpopSettings { algorithms: vec![Algorithm::ES256], ..mode(DpopMode::Allowed) };
    for (leeway, time, rejection) in [(0, 1_562_262_618.0, None), (30, 1_562_262_800.0, Some(ProofTime))] {
        let dpop = Dpop::new(&settings, Duration::from_secs(leeway), None).unwrap();
        let outcome = dpop.check(&request, token, &thumbprint, &Fixed(time));
        assert_eq!(outcome.err().map(|error| error.detail().to_owned()).as_deref(), rejection.map(Rejection::sentence));
    }
}

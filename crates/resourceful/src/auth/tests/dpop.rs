//! Tokens that are bound to a key, and every way in which a proof can be invalid.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::tokens::{good, with};
use super::{AUDIENCE, ISSUER, NOW, TestClock, forger, trusted};
use crate::auth::rejection::Rejection::{self, *};
use crate::auth::{AuthSettings, DpopKey, DpopMode, DpopRequest, DpopSettings, Verifier};

const URL: &str = "https://api.test/api/v1/projects";

fn verifier_with(dpop: DpopSettings) -> (Verifier, Arc<TestClock>) {
    let clock = TestClock::new();
    let builder = Verifier::builder(AuthSettings { dpop, ..AuthSettings::default() });
    let builder = builder.static_issuer(ISSUER, AUDIENCE, trusted().jwks());
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

pub(super) fn mode(mode: DpopMode) -> DpopSettings {
    DpopSettings { mode, ..DpopSettings::default() }
}

fn bound(key: &DpopKey) -> String {
    with(json!({"cnf": {"jkt": key.thumbprint()}}))
}

/// A valid request, which a test can change.
struct Try {
    key: DpopKey,
    token: String,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// The proofs, if they are not made from `header` and `claims`.
    proofs: Option<Vec<String>>,
    method: &'static str,
    hosts: Vec<&'static str>,
    https: bool,
    path: &'static str,
}

impl Try {
    fn new() -> Self {
        let key = DpopKey::generate().unwrap();
        let token = bound(&key);
        let mut claims = key.claims("GET", URL, &token).unwrap();
        claims.insert("iat".into(), NOW.into());
        let header = key.header();
        let (hosts, path) = (vec!["api.test"], "/api/v1/projects");
        Self { key, token, header, claims, proofs: None, method: "GET", hosts, https: true, path }
    }

    fn claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.into(), value.into());
    }

    fn head(&mut self, name: &str, value: impl Into<Value>) {
        self.header.insert(name.into(), value.into());
    }

    fn proof(&self) -> String {
        self.key.sign(&self.header, &self.claims).unwrap()
    }

    /// `ok`, or the sentence of the rejection.
    async fn send(&self, verifier: &Verifier) -> String {
        let proofs = self.proofs.clone().unwrap_or_else(|| vec![self.proof()]);
        let request = DpopRequest {
            proofs: proofs.iter().map(String::as_bytes).collect(),
            method: self.method,
            https: self.https,
            hosts: self.hosts.iter().map(|host| host.as_bytes()).collect(),
            path: self.path,
        };
        let outcome = verifier.verify_bound(&self.token, &request).await;
        outcome.map_or_else(|error| error.detail().to_owned(), |user| format!("ok {}", user.id))
    }
}

type Change = fn(&mut Try);

#[tokio::test]
async fn proofs_that_are_accepted() {
    let table: &[(&str, Change)] = &[
        ("as it is", |_| ()),
        ("typ in capitals", |t| t.head("typ", "DPoP+JWT")),
        ("typ as a media type", |t| t.head("typ", "application/dpop+jwt")),
        ("unknown members", |t| t.head("kid", "anything")),
        ("unknown claims", |t| t.claim("nonce", "anything")),
        ("jwk with its purpose", |t| t.header["jwk"]["use"] = "sig".into()),
        ("another method", |t| {
            t.method = "PATCH";
            t.claim("htm", "PATCH");
        }),
        ("scheme and host in capitals", |t| t.claim("htu", "HTTPS://API.test/api/v1/projects")),
        ("the default port", |t| t.claim("htu", "https://api.test:443/api/v1/projects")),
        ("with the query", |t| t.claim("htu", format!("{URL}?page=2"))),
        ("with a fragment", |t| t.claim("htu", format!("{URL}#x"))),
        ("unnecessary percent-encoding", |t| t.claim("htu", "https://api.test/api/v1/%70rojects")),
        ("percent-encoding in lower case", |t| {
            t.path = "/api/v1/projects/a%2Fb";
            t.claim("htu", "https://api.test/api/v1/projects/a%2fb");
        }),
        ("dot segments", |t| t.claim("htu", "https://api.test/api/v1/./x/../projects")),
        ("a port", |t| {
            t.hosts = vec!["api.test:8443"];
            t.claim("htu", "https://api.test:8443/api/v1/projects");
        }),
        ("plain HTTP", |t| {
            t.https = false;
            t.claim("htu", "http://api.test/api/v1/projects");
        }),
        ("an IPv6 address", |t| {
            t.hosts = vec!["[::1]:8000"];
            t.claim("htu", "https://[0:0:0:0:0:0:0:1]:8000/api/v1/projects");
        }),
        ("an underscore", |t| {
            t.hosts = vec!["my_api"];
            t.claim("htu", "https://my_api/api/v1/projects");
        }),
        ("the root", |t| {
            t.path = "/";
            t.claim("htu", "https://api.test");
        }),
        ("as old as allowed", |t| t.claim("iat", NOW - 90)),
        ("early by the leeway", |t| t.claim("iat", NOW + 30)),
        ("a time with a fraction", |t| t.claim("iat", 1_800_000_000.5)),
        ("a short jti", |t| t.claim("jti", "1")),
        ("exp and nbf", |t| {
            t.claim("exp", NOW - 29);
            t.claim("nbf", NOW + 30);
        }),
        ("exp and nbf null", |t| {
            t.claim("exp", Value::Null);
            t.claim("nbf", Value::Null);
        }),
        ("the token has another confirmation too", |t| {
            t.token = with(json!({"cnf": {"x5t#S256": "AAAA", "jkt": t.key.thumbprint(), "kid": 7}}));
            let ath = t.key.claims("GET", URL, &t.token).unwrap()["ath"].clone();
            t.claim("ath", ath);
        }),
        ("a long jti", |t| t.claim("jti", "j".repeat(256))),
    ];
    let (verifier, _) = verifier_with(mode(DpopMode::Allowed));
    for (name, change) in table {
        let mut attempt = Try::new();
        change(&mut attempt);
        assert_eq!(attempt.send(&verifier).await, "ok auth0|ada", "{name}");
    }
}

#[tokio::test]
async fn proofs_that_are_refused() {
    let host = "Send one Host header with a host and an optional port";
    let table: Vec<(&str, Change, &str)> = [
        // The header
        ("no proof", (|t| t.proofs = Some(vec![])) as Change, ProofCount),
        ("two proofs", |t| t.proofs = Some(vec![t.proof(), t.proof()]), ProofCount),
        ("two in one header", |t| t.proofs = Some(vec![format!("{0}, {0}", t.proof())]), ProofForm),
        ("empty", |t| t.proofs = Some(vec![String::new()]), ProofForm),
        ("random text", |t| t.proofs = Some(vec!["a.b.c".into()]), ProofForm),
        ("the token itself", |t| t.proofs = Some(vec![t.token.clone()]), ProofForm),
        ("five parts", |t| t.proofs = Some(vec![format!("{}.a.b", t.proof())]), ProofForm),
        ("padding", |t| t.proofs = Some(vec![format!("{}=", t.proof())]), ProofForm),
        ("9 KiB", |t| t.claim("x", "x".repeat(9 * 1024)), ProofForm),
        ("no signature", |t| t.proofs = Some(vec![format!("{}.", t.proof().rsplit_once('.').unwrap().0)]), ProofForm),
        // typ, extensions
        ("typ missing", |t| drop(t.header.remove("typ")), ProofForm),
        ("typ JWT", |t| t.head("typ", "JWT"), ProofForm),
        ("typ at+jwt", |t| t.head("typ", "at+jwt"), ProofForm),
        ("typ a number", |t| t.head("typ", 7), ProofForm),
        ("crit", |t| t.head("crit", json!(["x"])), ProofForm),
        ("b64", |t| t.head("b64", false), ProofForm),
        // alg
        ("alg missing", |t| drop(t.header.remove("alg")), ProofAlgorithm),
        ("alg none", |t| t.head("alg", "none"), ProofAlgorithm),
        ("alg HS256", |t| t.head("alg", "HS256"), ProofAlgorithm),
        ("alg RS256, not accepted", |t| t.head("alg", "RS256"), ProofAlgorithm),
        ("alg es256", |t| t.head("alg", "es256"), ProofAlgorithm),
        // jwk
        ("jwk missing", |t| drop(t.header.remove("jwk")), ProofKey),
        ("jwk a text", |t| t.head("jwk", t.header["jwk"].to_string()), ProofKey),
        ("jwk private", |t| t.header["jwk"]["d"] = "AAAA".into(), ProofKey),
        ("jwk a secret", |t| t.head("jwk", json!({"kty": "oct", "k": "AAAA"})), ProofKey),
        ("jwk for encryption", |t| t.header["jwk"]["use"] = "enc".into(), ProofKey),
        ("jwk of another curve", |t| t.header["jwk"]["crv"] = "P-384".into(), ProofKey),
        ("jwk of another kind", |t| t.head("jwk", rsa_jwk()), ProofKey),
        ("jwk not a point on its curve", |t| t.header["jwk"]["x"] = t.header["jwk"]["y"].clone(), ProofKey),
        ("jwk empty", |t| t.head("jwk", json!({})), ProofKey),
        // The signature
        (
            "another key's signature",
            |t| t.head("jwk", DpopKey::generate().unwrap().header()["jwk"].clone()),
            ProofSignature,
        ),
        ("changed claims", |t| t.proofs = Some(vec![changed(&t.proof())]), ProofSignature),
        // Claims
        (
            "claims a list",
            |t| t.proofs = Some(vec![t.key.sign_parts(&json!(t.header).to_string(), "[]").unwrap()]),
            ProofClaims,
        ),
        ("htm twice", |t| t.proofs = Some(vec![twice(t)]), ProofClaims),
        ("jti missing", |t| drop(t.claims.remove("jti")), ProofClaims),
        ("jti empty", |t| t.claim("jti", ""), ProofClaims),
        ("jti a number", |t| t.claim("jti", 7), ProofClaims),
        ("jti too long", |t| t.claim("jti", "j".repeat(257)), ProofClaims),
        ("htm missing", |t| drop(t.claims.remove("htm")), ProofClaims),
        ("htu missing", |t| drop(t.claims.remove("htu")), ProofClaims),
        ("iat missing", |t| drop(t.claims.remove("iat")), ProofClaims),
        ("iat a text", |t| t.claim("iat", NOW.to_string()), ProofClaims),
        ("ath missing", |t| drop(t.claims.remove("ath")), ProofClaims),
        ("ath a number", |t| t.claim("ath", 7), ProofClaims),
        // htm
        ("htm another", |t| t.claim("htm", "POST"), ProofMethod),
        ("htm in small letters", |t| t.claim("htm", "get"), ProofMethod),
        ("another method", |t| t.method = "DELETE", ProofMethod),
        ("HEAD is not GET", |t| t.method = "HEAD", ProofMethod),
        // htu
        ("htu another path", |t| t.claim("htu", "https://api.test/api/v1/users"), ProofAddress),
        ("htu a longer path", |t| t.claim("htu", format!("{URL}/1")), ProofAddress),
        ("htu with an additional slash", |t| t.claim("htu", format!("{URL}/")), ProofAddress),
        ("htu a path in capitals", |t| t.claim("htu", "https://api.test/API/v1/projects"), ProofAddress),
        ("htu a path only", |t| t.claim("htu", "/api/v1/projects"), ProofAddress),
        ("htu another host", |t| t.claim("htu", "https://other.test/api/v1/projects"), ProofAddress),
        ("htu a longer host", |t| t.claim("htu", "https://api.test.evil.test/api/v1/projects"), ProofAddress),
        ("htu another port", |t| t.claim("htu", "https://api.test:8443/api/v1/projects"), ProofAddress),
        ("htu another scheme", |t| t.claim("htu", "http://api.test/api/v1/projects"), ProofAddress),
        ("htu not HTTP", |t| t.claim("htu", "ftp://api.test/api/v1/projects"), ProofAddress),
        ("htu with a user", |t| t.claim("htu", "https://x@api.test/api/v1/projects"), ProofAddress),
        ("htu with backslashes", |t| t.claim("htu", "https:\\\\api.test\\api\\v1\\projects"), ProofAddress),
        ("htu with one slash", |t| t.claim("htu", "https:/api.test/api/v1/projects"), ProofAddress),
        ("htu with a space", |t| t.claim("htu", format!(" {URL}")), ProofAddress),
        ("htu with a line end", |t| t.claim("htu", "https://api.test/api/v1/pro\njects"), ProofAddress),
        ("htu empty", |t| t.claim("htu", ""), ProofAddress),
        ("an encoded slash is not a slash", |t| t.claim("htu", "https://api.test/api/v1%2Fprojects"), ProofAddress),
        ("the request is for another host", |t| t.hosts = vec!["other.test"], ProofAddress),
        ("the request is over plain HTTP", |t| t.https = false, ProofAddress),
        // iat
        ("too old", |t| t.claim("iat", NOW - 91), ProofTime),
        ("too early", |t| t.claim("iat", NOW + 31), ProofTime),
        ("negative", |t| t.claim("iat", -1), ProofTime),
        ("expired", |t| t.claim("exp", NOW - 30), ProofTime),
        ("not valid yet", |t| t.claim("nbf", NOW + 31), ProofTime),
        ("exp a text", |t| t.claim("exp", "9999999999"), ProofClaims),
        ("nbf a list", |t| t.claim("nbf", json!([])), ProofClaims),
        // The token
        (
            "ath of another token",
            |t| t.claim("ath", DpopKey::generate().unwrap().claims("GET", URL, "x").unwrap()["ath"].clone()),
            ProofToken,
        ),
        ("ath with padding", |t| t.claim("ath", format!("{}=", t.claims["ath"].as_str().unwrap())), ProofToken),
        ("ath empty", |t| t.claim("ath", ""), ProofToken),
        ("bound to another key", |t| rebind(t, &DpopKey::generate().unwrap()), ProofBinding),
        ("the token is not bound", |t| t.token = good(), Unbound),
        ("the token is bound in another way", |t| t.token = with(json!({"cnf": {"x5t#S256": "AAAA"}})), BoundOtherwise),
        ("the token is forged", |t| t.token = forger().sign_claims(&super::claims()).unwrap(), UnknownKey),
    ]
    .into_iter()
    .map(|(name, change, rejection): (_, _, Rejection)| (name, change, rejection.sentence()))
    .chain([
        ("no Host", (|t| t.hosts = vec![]) as Change, host),
        ("two Hosts", |t| t.hosts = vec!["api.test", "api.test"], host),
        ("Host empty", |t| t.hosts = vec![""], host),
        ("Host with a path", |t| t.hosts = vec!["api.test/x"], host),
        ("Host with a query", |t| t.hosts = vec!["api.test?x"], host),
        ("Host with a fragment", |t| t.hosts = vec!["api.test#x"], host),
        ("Host with a user", |t| t.hosts = vec!["x@api.test"], host),
        ("Host with slashes", |t| t.hosts = vec!["//api.test"], host),
        ("Host with a percent sign", |t| t.hosts = vec!["api%2etest"], host),
        ("Host with a wrong port", |t| t.hosts = vec!["api.test:99999"], host),
        ("Host a list", |t| t.hosts = vec!["api.test,other.test"], host),
    ])
    .collect();
    let (verifier, _) = verifier_with(mode(DpopMode::Allowed));
    let mut wrong = Vec::new();
    for (name, change, expected) in table {
        let mut attempt = Try::new();
        change(&mut attempt);
        let outcome = attempt.send(&verifier).await;
        if outcome != expected {
            wrong.push(format!("{name}: {outcome}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn rsa_jwk() -> Value {
    serde_json::from_str::<Value>(trusted().jwks()).unwrap()["keys"][0].clone()
}

fn changed(proof: &str) -> String {
    let mut parts: Vec<&str> = proof.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let claims = URL_SAFE_NO_PAD.encode(claims.replace("GET", "PUT"));
    parts[1] = &claims;
    parts.join(".")
}

fn twice(attempt: &Try) -> String {
    let claims = json!(attempt.claims).to_string().replacen('{', r#"{"htm":"GET","#, 1);
    attempt.key.sign_parts(&json!(attempt.header).to_string(), &claims).unwrap()
}

/// A token that is bound to this key, with a proof for it by the other one.
fn rebind(attempt: &mut Try, key: &DpopKey) {
    attempt.token = bound(key);
    let ath = attempt.key.claims("GET", URL, &attempt.token).unwrap()["ath"].clone();
    attempt.claim("ath", ath);
}

#[tokio::test]
async fn a_proof_is_valid_once() {
    let (verifier, clock) = verifier_with(mode(DpopMode::Required));
    let attempt = Try::new();
    let replay = ProofReplay.sentence();
    assert_eq!(attempt.send(&verifier).await, "ok auth0|ada");
    assert_eq!(attempt.send(&verifier).await, replay);
    // Another proof with the same jti is a replay too, and so is the same proof with a new signature
    let mut same_jti = Try { method: "PUT", ..Try::new() };
    assert_eq!(same_jti.send(&verifier).await, ProofMethod.sentence());
    same_jti.claim("htm", "PUT");
    assert_eq!(same_jti.send(&verifier).await, "ok auth0|ada", "a refused proof does not count as used");
    // For as long as the proof is valid
    clock.pass(90);
    assert_eq!(attempt.send(&verifier).await, replay);
    clock.pass(1);
    assert_eq!(attempt.send(&verifier).await, ProofTime.sentence());
    // Two keys may use one jti
    for _ in 0..2 {
        let mut other = Try::new();
        other.claim("jti", "1");
        other.claim("iat", NOW + 91);
        assert_eq!(other.send(&verifier).await, "ok auth0|ada");
    }
}

#[tokio::test]
async fn a_cached_bound_token_still_needs_a_proof() {
    let (verifier, _) = verifier_with(mode(DpopMode::Allowed));
    let mut attempt = Try::new();
    assert_eq!(attempt.send(&verifier).await, "ok auth0|ada");
    assert_eq!(verifier.token_cache().held().0, 1);
    assert_eq!(attempt.send(&verifier).await, ProofReplay.sentence());
    attempt.proofs = Some(vec![]);
    assert_eq!(attempt.send(&verifier).await, ProofCount.sentence());
    let error = verifier.verify(&attempt.token).await.unwrap_err();
    assert_eq!((error.slug(), error.detail()), ("invalid-token", Bound.sentence()));
    // The thief's own key
    let thief = Try { token: attempt.token.clone(), ..Try::new() };
    assert_eq!(thief.send(&verifier).await, ProofToken.sentence());
    let mut thief = thief;
    let ath = thief.key.claims("GET", URL, &thief.token).unwrap()["ath"].clone();
    thief.claim("ath", ath);
    assert_eq!(thief.send(&verifier).await, ProofBinding.sentence());
    // It is not the proof that is wrong (RFC 9449 section 7.1)
    assert_eq!(crate::error::Error::from(ProofBinding).slug(), "invalid-token");
}

#[tokio::test]
async fn what_each_mode_accepts() {
    // Mode, then the results for: an unbound bearer token, a bound bearer token, a bound token with its proof, an unbound
    // token with a proof
    let table = [
        (DpopMode::Off, [None, Some(Bound), Some(Unbound), Some(Unbound)]),
        (DpopMode::Allowed, [None, Some(Bound), None, Some(Unbound)]),
        (DpopMode::Required, [Some(BearerOff), Some(BearerOff), None, Some(Unbound)]),
    ];
    for (dpop, expected) in table {
        let (verifier, _) = verifier_with(mode(dpop));
        let bearer = async |token: &str| {
            verifier
                .verify(token)
                .await
                .map_or_else(|error| error.detail().to_owned(), |user| format!("ok {}", user.id))
        };
        let attempt = Try::new();
        let unbound = Try { token: good(), ..Try::new() };
        let outcomes = [
            bearer(&good()).await,
            bearer(&attempt.token).await,
            attempt.send(&verifier).await,
            unbound.send(&verifier).await,
        ];
        let expected = expected.map(|rejection| rejection.map_or("ok auth0|ada", Rejection::sentence));
        assert_eq!(outcomes, expected, "{dpop:?}");
        assert_eq!(verifier.dpop_algorithms(), (dpop != DpopMode::Off).then_some("ES256"));
        assert_eq!(verifier.accepts_bearer(), dpop != DpopMode::Required);
    }
}

#[tokio::test]
async fn which_confirmations_bind_a_token() {
    let key = DpopKey::generate().unwrap();
    let jkt = key.thumbprint();
    let (verifier, _) = verifier_with(mode(DpopMode::Allowed));
    for cnf in [
        json!({}),
        json!([]),
        json!("text"),
        json!({ "jkt": null }),
        json!({"jkt": [jkt]}),
        json!({"jkt": "AAAA"}),
        json!({"jkt": format!("{jkt}=")}),
        json!({"jwk": key.header()["jwk"]}),
    ] {
        let mut attempt = Try::new();
        attempt.token = with(json!({ "cnf": cnf }));
        assert_eq!(attempt.send(&verifier).await, BoundOtherwise.sentence(), "{cnf}");
        assert_eq!(verifier.verify(&attempt.token).await.unwrap_err().detail(), BoundOtherwise.sentence(), "{cnf}");
    }
}

#[tokio::test]
async fn configured_origins_replace_the_host_header() {
    let origins = vec!["https://api.test".to_owned(), "https://public.test:8443".to_owned()];
    let (verifier, _) = verifier_with(DpopSettings { origins, ..mode(DpopMode::Allowed) });
    // Behind a proxy the request has another scheme and host
    let table: &[(&str, bool)] = &[
        ("https://api.test", true),
        ("https://public.test:8443", true),
        ("https://public.test", false),
        ("http://api.test", false),
        ("http://internal:8000", false),
        ("https://evil.test", false),
    ];
    for (origin, good) in table {
        let mut attempt = Try { https: false, hosts: vec!["internal:8000"], ..Try::new() };
        attempt.claim("htu", format!("{origin}/api/v1/projects"));
        let expected = if *good { "ok auth0|ada" } else { ProofAddress.sentence() };
        assert_eq!(attempt.send(&verifier).await, expected, "{origin}");
    }
}

/// A proxy serves the API below a path, which it removes.
#[tokio::test]
async fn origins_can_have_the_path_that_a_proxy_removes() {
    let origins = vec!["https://public.test/shop".to_owned()];
    let (verifier, _) = verifier_with(DpopSettings { origins, ..mode(DpopMode::Allowed) });
    for (htu, good) in [
        ("https://public.test/shop/api/v1/projects", true),
        ("https://public.test/api/v1/projects", false),
        ("https://public.test/shop/shop/api/v1/projects", false),
        ("https://public.test/shopapi/v1/projects", false),
    ] {
        let mut attempt = Try { hosts: vec!["internal:8000"], ..Try::new() };
        attempt.claim("htu", htu);
        let expected = if good { "ok auth0|ada" } else { ProofAddress.sentence() };
        assert_eq!(attempt.send(&verifier).await, expected, "{htu}");
    }
}

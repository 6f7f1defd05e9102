//! Key sets whose URL is in the metadata of their issuer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};

use super::faults::{SHORT, faults};
use super::keys::{Setup, keys, settings};
use super::server::{Answer, Server};
use super::{AUDIENCE, TestClock, claims_with, trusted};
use crate::auth::keys::Timing;
use crate::auth::{
    AuthSettings, FetchError, FetchKeys, Fetched, IssuerSettings, KeyLocation, MAX_KEY_SET_LENGTH, Verifier,
};

const METADATA: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// A token of this issuer that is valid for ten days of the test's clock.
fn token(issuer: &str) -> String {
    trusted().sign_claims(&claims_with(json!({"iss": issuer, "exp": super::NOW + 10 * 86400}))).unwrap()
}

/// A token of this issuer with an unknown key id.
fn unknown(issuer: &str) -> String {
    let header = json!({"alg": "RS256", "kid": "nobody"}).to_string();
    trusted().sign_parts(&header, &json!(claims_with(json!({ "iss": issuer }))).to_string()).unwrap()
}

fn one(issuer: &str, origins: &[&str]) -> AuthSettings {
    let origins = origins.iter().map(|&origin| origin.into()).collect();
    let keys = KeyLocation::Discovery { origins };
    AuthSettings {
        issuers: vec![IssuerSettings { keys, ..IssuerSettings::discovered(issuer, AUDIENCE) }],
        ..settings(&[])
    }
}

/// A server that is an issuer with this path.
async fn issuer(path: &str, timeout: Duration) -> (Setup, String) {
    let server = Server::start(Answer::Close).await;
    let issuer = server.url.strip_suffix("/jwks.json").unwrap().to_owned() + path;
    let clock = TestClock::new();
    let timing = Timing { timeout, ..Timing::default() };
    let verifier = Verifier::builder(one(&issuer, &[])).clock(clock.clone()).timing(timing).build().unwrap();
    server.answer(published(&issuer, &server.url));
    (Setup { server, verifier, clock }, issuer)
}

fn metadata(issuer: &str, jwks_uri: &str) -> String {
    json!({
        "issuer": issuer, "jwks_uri": jwks_uri, "token_endpoint": format!("{issuer}oauth/token"),
        "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["HS256", "RS256"],
    })
    .to_string()
}

/// Responds with metadata at its path, and with keys at all other paths.
fn published(issuer: &str, jwks_uri: &str) -> Answer {
    with_metadata(Answer::Body(metadata(issuer, jwks_uri), ""))
}

fn with_metadata(answer: Answer) -> Answer {
    Answer::Split(METADATA, Box::new(answer), Box::new(keys()))
}

#[tokio::test]
async fn the_metadata_is_below_the_issuer() {
    for (path, at) in [
        ("/", METADATA.to_owned()),
        ("", METADATA.to_owned()),
        ("/realms/main", format!("/realms/main{METADATA}")),
        ("/realms/main/", format!("/realms/main{METADATA}")),
    ] {
        let (setup, issuer) = issuer(path, Timing::default().timeout).await;
        assert_eq!(setup.server.hits(), 0, "nothing is fetched before it is needed");
        let token = token(&issuer);
        let all = join_all((0..100).map(|_| setup.verify(&token))).await;
        assert!(all.iter().all(|outcome| outcome == "ok"), "{path}: {all:?}");
        assert_eq!(
            setup.server.paths(),
            [at.as_str(), "/jwks.json"],
            "one request for metadata and one for keys, for all tokens"
        );
        // The `iss` of the token is compared with the settings, not with the metadata
        let other = self::token(&format!("{issuer}/"));
        assert_eq!(setup.verify(&other).await, "invalid-token", "{path}");
        assert_eq!(setup.server.hits(), 2);
    }
}

/// Issuers that speak OAuth 2.0 only: the well-known name is before the path.
#[tokio::test]
async fn metadata_of_oauth() {
    for path in ["", "/", "/tenants/one", "/tenants/one/"] {
        let (setup, issuer) = issuer(path, Timing::default().timeout).await;
        let at = format!("{OAUTH}{}", path.trim_end_matches('/'));
        let missing = Answer::Status(404, String::new(), String::new());
        let document = Answer::Body(metadata(&issuer, &setup.server.url), "");
        let oauth = Answer::Split(at.clone().leak(), Box::new(document), Box::new(keys()));
        setup.server.answer(Answer::Split(METADATA, Box::new(missing), Box::new(oauth)));
        assert_eq!(setup.verify(&token(&issuer)).await, "ok", "{path}");
        let first = format!("{}{METADATA}", path.trim_end_matches('/'));
        assert_eq!(setup.server.paths(), [first.as_str(), &at, "/jwks.json"], "{path}");
    }
}

/// Documents by their URLs, and the requested URLs.
#[derive(Clone, Default)]
struct Documents {
    by_url: Arc<HashMap<String, Vec<u8>>>,
    asked: Arc<Mutex<Vec<String>>>,
    delay: Duration,
}

impl FetchKeys for Documents {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(url.to_owned());
            tokio::time::sleep(self.delay).await;
            let body = self.by_url.get(url).cloned().ok_or(FetchError::Status(404))?;
            Ok(Fetched { body, cache_control: None })
        })
    }
}

/// The result for a valid token if this is the issuer's metadata, and the URLs that were requested after it.
async fn outcome(issuer: &str, origins: &[&str], metadata: Vec<u8>) -> (String, Vec<String>) {
    let at = format!("{}{METADATA}", issuer.trim_end_matches('/'));
    let keys = ["https://tenant.test/jwks", "https://tenant.test/a?b=c", "https://keys.test/jwks"];
    let mut by_url: HashMap<_, _> =
        keys.iter().map(|url| ((*url).to_owned(), trusted().jwks().as_bytes().to_vec())).collect();
    by_url.insert(at.clone(), metadata);
    let documents = Documents { by_url: Arc::new(by_url), ..Documents::default() };
    let settings = AuthSettings { allow_http: false, allow_private: false, ..one(issuer, origins) };
    let builder = Verifier::builder(settings).fetch_with(documents.clone()).clock(TestClock::new());
    let outcome = builder.build().unwrap().verify(&token(issuer)).await;
    let mut asked = documents.asked.lock().unwrap().clone();
    assert_eq!(asked.remove(0), at);
    (outcome.map_or_else(|error| error.slug().to_owned(), |_| "ok".to_owned()), asked)
}

#[tokio::test]
async fn valid_and_invalid_metadata() {
    let issuer = "https://tenant.test/";
    let good = "https://tenant.test/jwks";
    let (own, more) = (&[][..], &["https://keys.test", "https://tenant.test:8443"][..]);
    let at = |uri: &str| json!({"issuer": issuer, "jwks_uri": uri}).to_string();
    let named = |name: Value| json!({"issuer": name, "jwks_uri": good}).to_string();
    let table = [
        (own, at(good), Some(good)),
        (own, at("https://TENANT.test:443/jwks"), Some(good)),
        (own, at("https://tenant.test/a?b=c"), Some("https://tenant.test/a?b=c")),
        (more, at("https://keys.test/jwks"), Some("https://keys.test/jwks")),
        (more, at(good), Some(good)),
        // Another issuer's metadata
        (own, named("https://tenant.test".into()), None),
        (own, named("https://TENANT.test/".into()), None),
        (own, named("https://other.test/".into()), None),
        (own, named(json!(["https://tenant.test/"])), None),
        (own, named(Value::Null), None),
        (own, json!({ "jwks_uri": good }).to_string(), None),
        (own, format!(r#"{{"issuer":"https://other.test/",{}"#, &at(good)[1..]), None),
        // No URL of keys
        (own, json!({ "issuer": issuer }).to_string(), None),
        (own, json!({"issuer": issuer, "jwks_uri": null}).to_string(), None),
        (own, json!({"issuer": issuer, "jwks_uri": [good]}).to_string(), None),
        (own, at(""), None),
        (own, at("/jwks"), None),
        (own, at("//tenant.test/jwks"), None),
        (own, at("tenant.test/jwks"), None),
        // Another scheme, host or port
        (own, at("http://tenant.test/jwks"), None),
        (more, at("http://keys.test/jwks"), None),
        (own, at("file:///etc/passwd"), None),
        (own, at("data:application/json,{}"), None),
        (own, at("https://keys.test/jwks"), None),
        (own, at("https://tenant.test:8443/jwks"), None),
        (own, at("https://tenant.test.evil.test/jwks"), None),
        (own, at("https://tenant.test@evil.test/jwks"), None),
        (own, at("https://evil.test\\@tenant.test/jwks"), None),
        (own, at("https://user:secret@tenant.test/jwks"), None),
        (own, at("https://tenant.test/jwks#x"), None),
        (more, at("https://169.254.169.254/jwks"), None),
        // No metadata
        (own, String::new(), None),
        (own, "[]".to_owned(), None),
        (own, "null".to_owned(), None),
        (own, "<!doctype html><title>Log in</title>".to_owned(), None),
        (own, trusted().jwks().to_owned(), None),
        (own, at(good) + &" ".repeat(MAX_KEY_SET_LENGTH), None),
    ];
    for (origins, metadata, expected) in table {
        let shown: String = metadata.chars().take(200).collect();
        let (outcome, asked) = outcome(issuer, origins, metadata.into_bytes()).await;
        assert_eq!(outcome, if expected.is_some() { "ok" } else { "auth-keys-unavailable" }, "{shown}");
        assert_eq!(asked, expected.into_iter().collect::<Vec<_>>(), "{shown}");
    }
}

#[tokio::test]
async fn a_failed_discovery_is_a_failed_fetch_and_is_not_cached() {
    let rows = faults("{}").await.1.len();
    for index in 0..rows {
        let (setup, issuer) = issuer("/", SHORT).await;
        let (elsewhere, mut table) = faults(&metadata(&issuer, &setup.server.url)).await;
        let (name, outage, fault) = table.swap_remove(index);
        let (good, token) = (published(&issuer, &setup.server.url), token(&issuer));
        setup.server.answer(with_metadata(fault.clone()));
        for outcome in join_all((0..20).map(|_| setup.verifier.verify(&token))).await {
            let error = outcome.unwrap_err();
            assert_eq!((error.slug(), error.status()), ("auth-keys-unavailable", 503), "{name}");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(6)), "{name}");
        }
        // An issuer that says it has no such document may have that of OAuth 2.0
        let both = [METADATA, OAUTH];
        let asked = if name == "404" { &both[..] } else { &both[..1] };
        assert_eq!(setup.server.paths(), asked, "{name}");
        // It recovers with the first response after the pause
        setup.server.answer(good.clone());
        setup.clock.pass(5);
        assert_eq!(setup.verify(&token).await, "auth-keys-unavailable", "{name}");
        setup.clock.pass(1);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        assert_eq!(setup.server.hits(), asked.len() + 2, "{name}");
        // When the discovered URL has expired, known keys are used only if the issuer cannot be reached
        setup.server.answer(with_metadata(fault));
        setup.clock.pass(3600);
        assert_eq!(setup.verify(&token).await, if outage { "ok" } else { "auth-keys-unavailable" }, "{name}");
        assert_eq!(setup.verify(&unknown(&issuer)).await, "auth-keys-unavailable", "{name}");
        setup.server.answer(good);
        setup.clock.pass(6);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        assert_eq!(elsewhere.hits(), 0, "{name}: no redirect is followed");
    }
}

#[tokio::test]
async fn a_changed_key_url_is_found_within_the_hour_or_after_an_error() {
    let (setup, issuer) = issuer("/", Timing::default().timeout).await;
    let token = token(&issuer);
    assert_eq!(setup.verify(&token).await, "ok");
    // New keys come from the known URL
    for fetches in 1..=5 {
        setup.clock.pass(600);
        assert_eq!(setup.verify(&token).await, "ok");
        assert_eq!(setup.server.hits(), 2 + fetches);
    }
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.paths()[7..], [METADATA, "/jwks.json"], "an hour has passed");
    // The keys move, and the old URL responds with an error
    let moved = setup.server.url.replace("jwks.json", "moved.json");
    let gone = Answer::Status(404, String::new(), String::new());
    let new = published(&issuer, &moved);
    setup.server.answer(Answer::Split("/jwks.json", Box::new(gone), Box::new(new)));
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "auth-keys-unavailable");
    setup.clock.pass(6);
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.paths()[9..], ["/jwks.json", METADATA, "/moved.json"]);
    // An outage of the keys alone does not cause a fetch of the metadata each time
    setup.server.answer(Answer::Split(METADATA, Box::new(Answer::Close), Box::new(Answer::Close)));
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "ok");
    setup.clock.pass(6);
    assert_eq!(setup.verify(&unknown(&issuer)).await, "auth-keys-unavailable");
    assert_eq!(setup.server.paths()[12..], ["/moved.json", "/moved.json"]);
}

/// For two minutes, tokens with always different unknown keys arrive.
#[tokio::test]
async fn unknown_keys_cause_no_more_fetches_than_with_a_fixed_url() {
    let (setup, issuer) = issuer("/", Timing::default().timeout).await;
    assert_eq!(setup.verify(&token(&issuer)).await, "ok");
    let claims = json!(claims_with(json!({ "iss": issuer }))).to_string();
    for second in 0..120 {
        for index in 0..10 {
            let header = json!({"alg": "RS256", "kid": format!("{second}-{index}")}).to_string();
            assert_eq!(setup.verify(&trusted().sign_parts(&header, &claims).unwrap()).await, "invalid-token");
        }
        setup.clock.pass(1);
    }
    assert_eq!(setup.server.paths().iter().filter(|path| *path == METADATA).count(), 1);
    assert_eq!(setup.server.hits(), 2 + 4);
}

#[tokio::test]
async fn the_timeout_includes_both_requests() {
    let issuer = "https://tenant.test/";
    let uri = "https://tenant.test/jwks";
    let by_url = Arc::new(HashMap::from([
        (format!("https://tenant.test{METADATA}"), metadata(issuer, uri).into_bytes()),
        (uri.to_owned(), trusted().jwks().as_bytes().to_vec()),
    ]));
    for (timeout, slug) in
        [(Duration::from_millis(600), Some("auth-keys-unavailable")), (Duration::from_secs(60), None)]
    {
        let documents = Documents { by_url: by_url.clone(), delay: Duration::from_millis(400), ..Documents::default() };
        let builder = Verifier::builder(one(issuer, &[])).fetch_with(documents.clone()).clock(TestClock::new());
        let verifier = builder.timing(Timing { timeout, ..Timing::default() }).build().unwrap();
        let outcome = verifier.verify(&token(issuer)).await;
        assert_eq!(outcome.err().map(|error| error.slug().to_owned()).as_deref(), slug);
        assert_eq!(documents.asked.lock().unwrap().len(), 2);
    }
}

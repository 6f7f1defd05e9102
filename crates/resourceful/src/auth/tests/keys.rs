//! Key sets over HTTP: how often they are fetched, and what happens when they cannot be.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use serde_json::json;

use super::server::{Answer, Server};
use super::{AUDIENCE, ISSUER, TestClock, claims, forger, header, trusted};
use crate::auth::keys::{Timing, max_age};
use crate::auth::refusal::Refusal;
use crate::auth::{
    Algorithm, AuthSettings, FetchError, FetchKeys, Fetched, HttpFetch, IssuerSettings, MAX_KEY_SET_LENGTH, Verifier,
};

/// A server, a verifier that fetches from it, and the verifier's clock.
struct Setup {
    server: Server,
    verifier: Verifier,
    clock: Arc<TestClock>,
}

impl Setup {
    async fn new(answer: Answer) -> Self {
        let server = Server::start(answer).await;
        let clock = TestClock::new();
        // Short in real time, since it is the one duration that does not go by the clock of the test
        let timing = Timing { timeout: Duration::from_millis(400), ..Timing::default() };
        let settings = settings(&[(ISSUER, &server.url)]);
        let verifier = Verifier::builder(settings).clock(clock.clone()).timing(timing).build().unwrap();
        Self { server, verifier, clock }
    }

    /// `ok`, or the slug of the refusal.
    async fn verify(&self, token: &str) -> String {
        self.verifier.verify(token).await.map_or_else(|error| error.slug().to_owned(), |_| "ok".to_owned())
    }

    /// Waits until the server has been asked this often, and a moment longer for one time too many.
    async fn settled(&self, hits: usize) {
        for _ in 0..100 {
            if self.server.hits() >= hits {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
        assert_eq!(self.server.hits(), hits);
    }
}

fn settings(issuers: &[(&str, &str)]) -> AuthSettings {
    let issuers = issuers.iter().map(|(issuer, url)| IssuerSettings {
        issuer: (*issuer).into(),
        jwks_url: (*url).into(),
        audiences: vec![AUDIENCE.into()],
        algorithms: vec![Algorithm::RS256],
    });
    AuthSettings { issuers: issuers.collect(), allow_http: true, ..AuthSettings::default() }
}

fn keys() -> Answer {
    Answer::Body(trusted().jwks().to_owned(), "")
}

/// A token that is good for a day of the test's clock and more.
fn token() -> String {
    let mut claims = claims();
    claims.insert("exp".into(), (super::NOW + 10 * 86400).into());
    trusted().sign_claims(&claims).unwrap()
}

fn with_kid(kid: &str) -> String {
    let mut header = header();
    header.insert("kid".into(), kid.into());
    trusted().sign_parts(&json!(header).to_string(), &json!(claims()).to_string()).unwrap()
}

#[tokio::test]
async fn a_hundred_at_once_fetch_once() {
    let setup = Setup::new(keys()).await;
    assert_eq!(setup.server.hits(), 0, "nothing is fetched before it is needed");
    let token = token();
    let all = join_all((0..100).map(|_| setup.verify(&token))).await;
    assert!(all.iter().all(|outcome| outcome == "ok"), "{all:?}");
    assert_eq!(setup.server.hits(), 1);
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.hits(), 1);
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_end_the_fetch() {
    let setup = Setup::new(keys()).await;
    let token = token();
    let hung_up = tokio::time::timeout(Duration::from_millis(1), setup.verify(&token)).await;
    assert!(hung_up.is_err());
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.hits(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_fetched_for_once_in_thirty_seconds() {
    let setup = Setup::new(keys()).await;
    assert_eq!(setup.verify(&token()).await, "ok");
    let (nobody, somebody) = (with_kid("nobody"), with_kid("somebody"));
    let all = join_all((0..50).map(|index| setup.verify(if index % 2 == 0 { &nobody } else { &somebody }))).await;
    assert!(all.iter().all(|outcome| outcome == "invalid-token"), "{all:?}");
    assert_eq!(setup.server.hits(), 2, "one fetch for all of them");
    setup.clock.pass(29);
    assert_eq!(setup.verify(&nobody).await, "invalid-token");
    assert_eq!(setup.server.hits(), 2, "the cooldown");
    setup.clock.pass(1);
    assert_eq!(setup.verify(&nobody).await, "invalid-token");
    assert_eq!(setup.server.hits(), 3);
    assert_eq!(setup.verify(&somebody).await, "invalid-token");
    assert_eq!(setup.server.hits(), 3);
    assert_eq!(setup.verify(&token()).await, "ok");
}

#[tokio::test]
async fn an_unknown_key_as_the_first_is_fetched_for_once() {
    let setup = Setup::new(keys()).await;
    assert_eq!(setup.verify(&with_kid("nobody")).await, "invalid-token");
    assert_eq!(setup.verify(&with_kid("nobody")).await, "invalid-token");
    assert_eq!(setup.server.hits(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_forgotten() {
    let setup = Setup::new(Answer::Body(forger().jwks().to_owned(), "")).await;
    let old = forger().sign_claims(&claims()).unwrap();
    assert_eq!(setup.verify(&old).await, "ok");
    setup.server.answer(keys());
    assert_eq!(setup.verify(&token()).await, "ok");
    assert_eq!(setup.verify(&old).await, "invalid-token", "the new set has dropped it");
}

#[tokio::test]
async fn what_a_bad_token_may_not_cause() {
    let setup = Setup::new(keys()).await;
    let other_issuer = {
        let mut claims = claims();
        claims.insert("iss".into(), "https://other.test/".into());
        trusted().sign_claims(&claims).unwrap()
    };
    let mut header = header();
    header.insert("alg".into(), "PS256".into());
    let algorithm = trusted().sign_parts(&json!(header).to_string(), &json!(claims()).to_string()).unwrap();
    for token in [other_issuer.as_str(), &algorithm, "a.b.c"] {
        assert_eq!(setup.verify(token).await, "invalid-token");
    }
    assert_eq!(setup.server.hits(), 0);
}

#[tokio::test]
async fn a_set_is_renewed_before_and_after_its_time() {
    let setup = Setup::new(keys()).await;
    assert_eq!(setup.verify(&token()).await, "ok");
    setup.clock.pass(479);
    assert_eq!(setup.verify(&token()).await, "ok");
    setup.settled(1).await;
    // At four fifths of ten minutes beside the requests, and once for all of them
    setup.clock.pass(1);
    let token = token();
    assert!(join_all((0..20).map(|_| setup.verify(&token))).await.iter().all(|outcome| outcome == "ok"));
    setup.settled(2).await;
    // After its time no request is answered with the old set
    setup.server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "invalid-token");
    assert_eq!(setup.server.hits(), 3);
}

#[tokio::test]
async fn the_answer_may_say_how_long_the_set_is_fresh() {
    // Header line, then an age at which the set is still used and one at which it is not
    let table = [
        ("", 599, 600),
        ("Cache-Control: public, max-age=3600\r\n", 3599, 3600),
        ("Cache-Control: max-age=0\r\n", 59, 60),
        ("Cache-Control: no-store\r\n", 59, 60),
        ("Cache-Control: max-age=31536000\r\n", 86399, 86400),
        ("Cache-Control: max-age=99999999999999999999\r\n", 86399, 86400),
        ("Cache-Control: max-age=-1\r\n", 599, 600),
    ];
    for (line, fresh, old) in table {
        let setup = Setup::new(Answer::Body(trusted().jwks().to_owned(), line)).await;
        assert_eq!(setup.verify(&token()).await, "ok");
        setup.server.answer(Answer::Body(forger().jwks().to_owned(), line));
        setup.clock.pass(fresh);
        assert_eq!(setup.verify(&token()).await, "ok", "{line}");
        let setup = Setup::new(Answer::Body(trusted().jwks().to_owned(), line)).await;
        assert_eq!(setup.verify(&token()).await, "ok");
        setup.server.answer(Answer::Body(forger().jwks().to_owned(), line));
        setup.clock.pass(old);
        assert_eq!(setup.verify(&token()).await, "invalid-token", "{line}");
    }
}

/// Everything that keeps a set from being there. The body would be good wherever it is not the fault itself.
async fn faults() -> (Server, Vec<(&'static str, Answer)>) {
    let good = trusted().jwks().to_owned();
    let elsewhere = Server::start(keys()).await;
    let location = format!("Location: {}\r\n", elsewhere.url);
    let padded = good.clone() + &" ".repeat(MAX_KEY_SET_LENGTH);
    let table = vec![
        ("500", Answer::Status(500, good.clone(), String::new())),
        ("404", Answer::Status(404, good.clone(), String::new())),
        ("203", Answer::Status(203, good.clone(), String::new())),
        ("302", Answer::Status(302, good.clone(), location.clone())),
        ("308", Answer::Status(308, good.clone(), location)),
        ("too long", Answer::Body(padded, "")),
        ("endless", Answer::Endless),
        ("stalled", Answer::Stall),
        ("half", Answer::Half(good)),
        ("closed", Answer::Close),
        ("HTML", Answer::Body("<!doctype html><title>Log in</title>".into(), "")),
        ("empty body", Answer::Body(String::new(), "")),
        ("no keys", Answer::Body(r#"{"keys":[]}"#.into(), "")),
        ("no usable keys", Answer::Body(r#"{"keys":[{"kty":"oct","kid":"k","k":"AAAA"}]}"#.into(), "")),
    ];
    (elsewhere, table)
}

#[tokio::test]
async fn without_keys_nobody_can_say_whether_a_token_is_good() {
    let (elsewhere, table) = faults().await;
    for (name, fault) in table {
        let setup = Setup::new(fault).await;
        let token = token();
        let all = join_all((0..20).map(|_| setup.verifier.verify(&token))).await;
        for outcome in all {
            let error = outcome.unwrap_err();
            assert_eq!((error.slug(), error.status()), ("auth-keys-unavailable", 503), "{name}");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(6)), "{name}");
        }
        assert_eq!(setup.server.hits(), 1, "{name}");
        // Nothing is fetched for a while, and what was fetched too early does not count
        setup.server.answer(keys());
        setup.clock.pass(5);
        let error = setup.verifier.verify(&token).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)), "{name}");
        assert_eq!(setup.server.hits(), 1, "{name}");
        setup.clock.pass(1);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
    }
    assert_eq!(elsewhere.hits(), 0, "no redirect is followed");
}

#[tokio::test]
async fn a_fault_never_replaces_a_good_set() {
    let (elsewhere, table) = faults().await;
    for (name, fault) in table {
        let setup = Setup::new(keys()).await;
        let token = token();
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        setup.server.answer(fault);
        // While the set is fresh: another key cannot be found, the known one is used
        assert_eq!(setup.verify(&with_kid("nobody")).await, "auth-keys-unavailable", "{name}");
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        assert_eq!(setup.server.hits(), 2, "{name}");
        // Long after its time the known key is used still
        setup.clock.pass(3600);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        setup.settled(3).await;
        assert_eq!(setup.verify(&with_kid("nobody")).await, "auth-keys-unavailable", "{name}");
        // But not for ever
        setup.clock.pass(86400);
        assert_eq!(setup.verify(&token).await, "auth-keys-unavailable", "{name}");
    }
    assert_eq!(elsewhere.hits(), 0);
}

#[tokio::test]
async fn an_old_set_is_asked_for_again_before_it_is_used() {
    let setup = Setup::new(keys()).await;
    let token = token();
    assert_eq!(setup.verify(&token).await, "ok");
    setup.server.answer(Answer::Status(500, String::new(), String::new()));
    setup.clock.pass(3600);
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.hits(), 2);
    // The server is back, without the key: it goes as soon as that is known
    setup.server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    setup.clock.pass(6);
    assert_eq!(setup.verify(&token).await, "ok");
    setup.settled(3).await;
    assert_eq!(setup.verify(&token).await, "invalid-token");
}

#[tokio::test]
async fn two_issuers_of_one_address_have_two_sets() {
    let server = Server::start(keys()).await;
    let two = settings(&[(ISSUER, &server.url), ("https://other.test/", &server.url)]);
    let verifier = Verifier::builder(two).clock(TestClock::new()).build().unwrap();
    verifier.verify(&token()).await.unwrap();
    assert_eq!(server.hits(), 1);
    server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    let mut claims = claims();
    claims.insert("iss".into(), "https://other.test/".into());
    // The key is in the other issuer's set and not in this one's
    let error = verifier.verify(&trusted().sign_claims(&claims).unwrap()).await.unwrap_err();
    assert_eq!(error.detail(), Refusal::UnknownKey.sentence());
    assert_eq!(server.hits(), 2);
    verifier.verify(&token()).await.unwrap();
}

#[tokio::test]
async fn why_nothing_was_fetched() {
    let (elsewhere, table) = faults().await;
    let fetch = HttpFetch::new(Duration::from_millis(400), true).unwrap();
    for (name, fault) in table {
        let server = Server::start(fault).await;
        let outcome = fetch.fetch(&server.url).await;
        let right = match name {
            "500" | "404" | "203" | "302" | "308" => {
                matches!(outcome, Err(FetchError::Status(status)) if status.to_string() == name)
            }
            "too long" | "endless" => matches!(outcome, Err(FetchError::TooLong)),
            "stalled" | "half" => matches!(outcome, Err(FetchError::Timeout)),
            "closed" => matches!(outcome, Err(FetchError::Connection(_))),
            _ => outcome.is_ok(),
        };
        assert!(right, "{name}: {outcome:?}");
    }
    assert_eq!(elsewhere.hits(), 0);
}

/// A way of fetching of one's own that knows no bounds.
struct Own(Option<usize>);

impl FetchKeys for Own {
    fn fetch<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Fetched, FetchError>> {
        Box::pin(async move {
            let Some(padding) = self.0 else { return std::future::pending().await };
            let body = trusted().jwks().to_owned() + &" ".repeat(padding);
            Ok(Fetched { body: body.into_bytes(), cache_control: None })
        })
    }
}

#[tokio::test]
async fn the_bounds_hold_for_any_way_of_fetching() {
    for (own, slug) in [
        (Own(Some(0)), None),
        (Own(Some(MAX_KEY_SET_LENGTH)), Some("auth-keys-unavailable")),
        (Own(None), Some("auth-keys-unavailable")),
    ] {
        let timing = Timing { timeout: Duration::from_millis(50), ..Timing::default() };
        let builder = Verifier::builder(settings(&[(ISSUER, "https://tenant.test/jwks")])).fetch_with(own);
        let verifier = builder.clock(TestClock::new()).timing(timing).build().unwrap();
        let outcome = verifier.verify(&token()).await;
        assert_eq!(outcome.err().map(|error| error.slug().to_owned()).as_deref(), slug);
    }
}

#[tokio::test]
async fn plain_http_is_refused_unless_allowed() {
    let server = Server::start(keys()).await;
    let fetch = |allow| HttpFetch::new(Duration::from_secs(5), allow).unwrap();
    assert!(fetch(false).fetch(&server.url).await.is_err());
    assert_eq!(server.hits(), 0);
    assert!(fetch(true).fetch(&server.url).await.is_ok());
}

#[test]
fn how_max_age_is_read() {
    let table = [
        ("max-age=60", Some(60)),
        ("public, Max-Age=\"15\", must-revalidate", Some(15)),
        ("max-age=60, max-age=30", Some(30)),
        ("max-age=60, no-cache", Some(0)),
        ("no-store", Some(0)),
        ("max-age=99999999999999999999", Some(u64::from(u32::MAX))),
        ("s-maxage=60", None),
        ("max-age=-1", None),
        ("max-age=1.5", None),
        ("max-age=", None),
        ("max-age", None),
        ("", None),
    ];
    for (header, seconds) in table {
        assert_eq!(max_age(header), seconds.map(Duration::from_secs), "{header}");
    }
}

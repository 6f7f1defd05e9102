//! Key sets over HTTP: how often they are fetched and how long they are used.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::server::{Answer, Server};
use super::{AUDIENCE, ISSUER, TestClock, claims, claims_with, forger, header, trusted};
use crate::auth::keys::{Timing, max_age};
use crate::auth::rejection::Rejection;
use crate::auth::{Algorithm, AuthSettings, DevIssuer, IssuerSettings, KeyLocation, TokenCache, Verifier};

/// A server, a verifier that fetches from it, and the verifier's clock.
pub(super) struct Setup {
    pub(super) server: Server,
    pub(super) verifier: Verifier,
    pub(super) clock: Arc<TestClock>,
}

impl Setup {
    pub(super) async fn new(answer: Answer) -> Self {
        Self::with_timeout(answer, Timing::default().timeout).await
    }

    /// With a short timeout, because it is the only duration that does not use the clock of the test.
    pub(super) async fn with_timeout(answer: Answer, timeout: Duration) -> Self {
        Self::with(answer, Timing { timeout, ..Timing::default() }, TokenCache::OFF).await
    }

    pub(super) async fn with(answer: Answer, timing: Timing, token_cache: TokenCache) -> Self {
        let server = Server::start(answer).await;
        let clock = TestClock::new();
        let settings = AuthSettings { token_cache, ..settings(&[(ISSUER, &server.url)]) };
        let verifier = Verifier::builder(settings).clock(clock.clone()).timing(timing).build().unwrap();
        Self { server, verifier, clock }
    }

    /// `ok`, or the slug of the rejection.
    pub(super) async fn verify(&self, token: &str) -> String {
        self.verifier.verify(token).await.map_or_else(|error| error.slug().to_owned(), |_| "ok".to_owned())
    }

    /// Waits until the server has received this many requests.
    pub(super) async fn asked(&self, hits: usize) {
        for _ in 0..400 {
            if self.server.hits() >= hits {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(self.server.hits(), hits);
    }

    /// The same, and then waits until the response is read, or until an unexpected request would have arrived.
    pub(super) async fn settled(&self, hits: usize) {
        self.asked(hits).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(self.server.hits(), hits);
    }
}

pub(super) fn settings(issuers: &[(&str, &str)]) -> AuthSettings {
    let issuers = issuers.iter().map(|(issuer, url)| IssuerSettings {
        issuer: (*issuer).into(),
        keys: KeyLocation::Url((*url).into()),
        audiences: vec![AUDIENCE.into()],
        algorithms: vec![Algorithm::RS256],
    });
    // Without the token cache, which would hide changes of keys for a minute
    let token_cache = TokenCache::OFF;
    let issuers = issuers.collect();
    AuthSettings { issuers, allow_http: true, allow_private: true, token_cache, ..AuthSettings::default() }
}

pub(super) fn keys() -> Answer {
    Answer::Body(trusted().jwks().to_owned(), "")
}

/// The keys of both issuers in one set.
pub(super) fn both() -> Answer {
    let key = |issuer: &DevIssuer| serde_json::from_str::<Value>(issuer.jwks()).unwrap()["keys"][0].clone();
    Answer::Body(json!({"keys": [key(trusted()), key(forger())]}).to_string(), "")
}

/// A token that is valid for ten days of the test's clock.
pub(super) fn token() -> String {
    let mut claims = claims();
    claims.insert("exp".into(), (super::NOW + 10 * 86400).into());
    trusted().sign_claims(&claims).unwrap()
}

pub(super) fn with_kid(kid: &str) -> String {
    let mut header = header();
    header.insert("kid".into(), kid.into());
    trusted().sign_parts(&json!(header).to_string(), &json!(claims()).to_string()).unwrap()
}

#[tokio::test]
async fn a_hundred_concurrent_requests_share_one_fetch() {
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
async fn a_dropped_request_does_not_cancel_the_fetch() {
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
    let third = with_kid("third");
    assert_eq!(setup.verify(&third).await, "invalid-token");
    assert_eq!(setup.server.hits(), 2, "the cooldown applies to every unknown key");
    setup.clock.pass(1);
    // Keys that a fetch did not find are in the negative cache for two minutes
    for token in [&nobody, &somebody] {
        assert_eq!(setup.verify(token).await, "invalid-token");
    }
    assert_eq!(setup.server.hits(), 2);
    assert_eq!(setup.verify(&third).await, "invalid-token");
    assert_eq!(setup.server.hits(), 3);
    setup.clock.pass(90);
    assert_eq!(setup.verify(&nobody).await, "invalid-token");
    assert_eq!(setup.server.hits(), 4);
    assert_eq!(setup.verify(&somebody).await, "invalid-token");
    assert_eq!(setup.server.hits(), 4);
    assert_eq!(setup.verify(&token()).await, "ok");
}

#[tokio::test]
async fn a_key_is_found_after_it_is_published() {
    let setup = Setup::new(keys()).await;
    let new = forger().sign_claims(&claims()).unwrap();
    assert_eq!(setup.verify(&new).await, "invalid-token");
    setup.server.answer(both());
    // A fetch for another unknown key finds it, or the next refresh
    setup.clock.pass(30);
    assert_eq!(setup.verify(&with_kid("nobody")).await, "invalid-token");
    assert_eq!(setup.server.hits(), 2);
    assert_eq!(setup.verify(&new).await, "ok");
    assert_eq!(setup.server.hits(), 2);
}

/// For two minutes, tokens with always different unknown keys arrive, together with valid ones.
#[tokio::test]
async fn a_flood_of_unknown_keys_causes_two_fetches_a_minute() {
    let setup = Setup::new(keys()).await;
    let token = token();
    assert_eq!(setup.verify(&token).await, "ok");
    for second in 0..120 {
        for index in 0..20 {
            assert_eq!(setup.verify(&with_kid(&format!("{second}-{index}"))).await, "invalid-token");
        }
        assert_eq!(setup.verify(&token).await, "ok");
        setup.clock.pass(1);
    }
    assert_eq!(setup.server.hits(), 1 + 4);
}

/// The limit on fetches is a safeguard; this test removes the other limits.
#[tokio::test]
async fn at_most_ten_fetches_a_minute() {
    let timing = Timing { cooldown: Duration::ZERO, absent: Duration::ZERO, ..Timing::default() };
    let setup = Setup::with(keys(), timing, TokenCache::OFF).await;
    let outcomes: Vec<String> = {
        let mut outcomes = Vec::new();
        for index in 0..12 {
            outcomes.push(setup.verify(&with_kid(&index.to_string())).await);
        }
        outcomes
    };
    assert_eq!(setup.server.hits(), 10);
    assert!(outcomes[..10].iter().all(|outcome| outcome == "invalid-token"), "{outcomes:?}");
    assert!(outcomes[10..].iter().all(|outcome| outcome == "auth-keys-unavailable"), "{outcomes:?}");
    assert_eq!(setup.verify(&token()).await, "ok", "known keys are still accepted");
    setup.clock.pass(60);
    assert_eq!(setup.verify(&with_kid("one more")).await, "invalid-token");
    assert_eq!(setup.server.hits(), 11);
}

/// A new key is published and used, and the old one is removed, with cached tokens and 10,000 requests.
#[tokio::test]
async fn no_valid_token_is_refused_during_a_key_rotation() {
    let setup = Setup::with(keys(), Timing::default(), TokenCache::default()).await;
    let tokens = |issuer: &'static DevIssuer| -> Vec<String> {
        let claims = |index: usize| claims_with(json!({"sub": format!("auth0|{index}"), "exp": super::NOW + 86400}));
        (0..25).map(|index| issuer.sign_claims(&claims(index)).unwrap()).collect()
    };
    let (old, new) = (tokens(trusted()), tokens(forger()));
    for token in &old {
        assert_eq!(setup.verify(token).await, "ok");
    }
    setup.server.answer(both());
    assert_eq!(setup.verify(&new[0]).await, "ok", "the new key causes one fetch");
    assert_eq!(setup.server.hits(), 2);
    for request in 0..10_000 {
        let token = &[&old, &new][request % 2][request % 25];
        assert_eq!(setup.verify(token).await, "ok", "request {request}");
        if request % 40 == 0 {
            setup.clock.pass(1);
        }
    }
    assert_eq!(setup.server.hits(), 2);
    setup.server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    setup.clock.pass(479 - 250);
    for token in old.iter().chain(&new) {
        assert_eq!(setup.verify(token).await, "ok");
    }
    // The set is refreshed in the background, caused by one request
    setup.clock.pass(60);
    assert_eq!(setup.verify(&new[0]).await, "ok");
    setup.settled(3).await;
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(
            setup.verify(old).await,
            "invalid-token",
            "the old key is removed, and the tokens that it signed are not cached"
        );
        assert_eq!(setup.verify(new).await, "ok");
    }
}

/// The outage of one issuer, with the maximum number of fetches, does not prevent fetches of another issuer.
#[tokio::test]
async fn the_outage_of_one_issuer_does_not_affect_another() {
    let (down, up) = (Server::start(Answer::Close).await, Server::start(keys()).await);
    let clock = TestClock::new();
    let two = settings(&[(ISSUER, &up.url), ("https://other.test/", &down.url)]);
    let verifier = Verifier::builder(two).clock(clock.clone()).build().unwrap();
    let other = trusted().sign_claims(&claims_with(json!({"iss": "https://other.test/"}))).unwrap();
    for _ in 0..60 {
        assert_eq!(verifier.verify(&other).await.unwrap_err().slug(), "auth-keys-unavailable");
        clock.pass(1);
    }
    assert!((9..=10).contains(&down.hits()), "{}", down.hits());
    verifier.verify(&token()).await.unwrap();
    assert_eq!(up.hits(), 1);
}

#[tokio::test]
async fn an_unknown_first_key_causes_one_fetch() {
    let setup = Setup::new(keys()).await;
    assert_eq!(setup.verify(&with_kid("nobody")).await, "invalid-token");
    assert_eq!(setup.verify(&with_kid("nobody")).await, "invalid-token");
    assert_eq!(setup.server.hits(), 1);
}

#[tokio::test]
async fn new_keys_are_used_and_removed_keys_are_not() {
    let setup = Setup::new(Answer::Body(forger().jwks().to_owned(), "")).await;
    let old = forger().sign_claims(&claims()).unwrap();
    assert_eq!(setup.verify(&old).await, "ok");
    setup.server.answer(keys());
    assert_eq!(setup.verify(&token()).await, "ok");
    assert_eq!(setup.verify(&old).await, "invalid-token", "the new set does not contain it");
}

#[tokio::test]
async fn an_invalid_token_causes_no_fetch() {
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
    // After four fifths of ten minutes, in the background, and once for all requests
    setup.clock.pass(1);
    let token = token();
    assert!(join_all((0..20).map(|_| setup.verify(&token))).await.iter().all(|outcome| outcome == "ok"));
    setup.settled(2).await;
    // After it has expired, no request uses the old set
    setup.server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "invalid-token");
    assert_eq!(setup.server.hits(), 3);
}

#[tokio::test]
async fn the_response_sets_how_long_the_key_set_is_fresh() {
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

#[tokio::test]
async fn an_expired_key_set_is_fetched_again_before_use() {
    let setup = Setup::new(keys()).await;
    let token = token();
    assert_eq!(setup.verify(&token).await, "ok");
    setup.server.answer(Answer::Status(500, String::new(), String::new()));
    setup.clock.pass(3600);
    assert_eq!(setup.verify(&token).await, "ok");
    assert_eq!(setup.server.hits(), 2);
    // The server responds again, without the key: then the key is not used any more
    setup.server.answer(Answer::Body(forger().jwks().to_owned(), ""));
    setup.clock.pass(6);
    assert_eq!(setup.verify(&token).await, "ok");
    setup.settled(3).await;
    assert_eq!(setup.verify(&token).await, "invalid-token");
}

#[tokio::test]
async fn two_issuers_with_one_url_have_two_key_sets() {
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
    assert_eq!(error.detail(), Rejection::UnknownKey.sentence());
    assert_eq!(server.hits(), 2);
    verifier.verify(&token()).await.unwrap();
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

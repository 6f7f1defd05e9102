//! Key sets over HTTP: how often they are fetched and how long they are used.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::server::{Answer, Server};
use super::{AUDIENCE, ISSUER, TestClock, claims, forger, header, trusted};
use crate::auth::keys::{Timing, max_age};
use crate::auth::refusal::Refusal;
use crate::auth::{Algorithm, AuthSettings, IssuerSettings, Verifier};

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

    /// With a timeout that a test can wait for: it is the one duration that does not go by the clock of the test.
    pub(super) async fn with_timeout(answer: Answer, timeout: Duration) -> Self {
        let server = Server::start(answer).await;
        let clock = TestClock::new();
        let timing = Timing { timeout, ..Timing::default() };
        let settings = settings(&[(ISSUER, &server.url)]);
        let verifier = Verifier::builder(settings).clock(clock.clone()).timing(timing).build().unwrap();
        Self { server, verifier, clock }
    }

    /// `ok`, or the slug of the refusal.
    pub(super) async fn verify(&self, token: &str) -> String {
        self.verifier.verify(token).await.map_or_else(|error| error.slug().to_owned(), |_| "ok".to_owned())
    }

    /// Waits until the server has been asked this often.
    pub(super) async fn asked(&self, hits: usize) {
        for _ in 0..400 {
            if self.server.hits() >= hits {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(self.server.hits(), hits);
    }

    /// Waits for that, and long enough for the answer to be read or for one request too many.
    pub(super) async fn settled(&self, hits: usize) {
        self.asked(hits).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(self.server.hits(), hits);
    }
}

pub(super) fn settings(issuers: &[(&str, &str)]) -> AuthSettings {
    let issuers = issuers.iter().map(|(issuer, url)| IssuerSettings {
        issuer: (*issuer).into(),
        jwks_url: (*url).into(),
        audiences: vec![AUDIENCE.into()],
        algorithms: vec![Algorithm::RS256],
    });
    AuthSettings { issuers: issuers.collect(), allow_http: true, ..AuthSettings::default() }
}

pub(super) fn keys() -> Answer {
    Answer::Body(trusted().jwks().to_owned(), "")
}

/// A token that is good for a day of the test's clock and more.
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

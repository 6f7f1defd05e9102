//! Key sets that cannot be fetched.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::keys::{Setup, keys, settings, token, with_kid};
use super::server::{Answer, Server};
use super::{ISSUER, TestClock, trusted};
use crate::auth::keys::Timing;
use crate::auth::{FetchError, FetchKeys, Fetched, HttpFetch, MAX_KEY_SET_LENGTH, Reach, Verifier};

/// Long enough for a good answer, short enough to wait for.
pub(super) const SHORT: Duration = Duration::from_millis(800);

/// What a server of the tests needs.
const LOOSE: Reach = Reach { http: true, private: true };

/// Everything that keeps a document from being there, and whether it means that the issuer cannot be reached. The body would
/// be good wherever it is not the fault itself.
pub(super) async fn faults(good: &str) -> (Server, Vec<(&'static str, bool, Answer)>) {
    let good = good.to_owned();
    let elsewhere = Server::start(keys()).await;
    let location = format!("Location: {}\r\n", elsewhere.url);
    let padded = good.clone() + &" ".repeat(MAX_KEY_SET_LENGTH);
    let status = |status| Answer::Status(status, good.clone(), String::new());
    let body = |text: &str| Answer::Body(text.into(), "");
    let table = vec![
        ("500", true, status(500)),
        ("503", true, status(503)),
        ("429", true, status(429)),
        ("404", false, status(404)),
        ("403", false, status(403)),
        ("203", false, status(203)),
        ("302", false, Answer::Status(302, good.clone(), location.clone())),
        ("308", false, Answer::Status(308, good.clone(), location)),
        ("too long", false, Answer::Body(padded, "")),
        ("endless", false, Answer::Endless),
        ("stalled", true, Answer::Stall),
        ("half", true, Answer::Half(good.clone())),
        ("dripping", true, Answer::Drip(good.clone())),
        ("closed", true, Answer::Close),
        ("HTML", false, body("<!doctype html><title>Log in</title>")),
        ("cut off", false, body(&good[..good.len() - 2])),
        ("empty body", false, body("")),
        ("no keys", false, body(r#"{"keys":[]}"#)),
        ("no usable keys", false, body(r#"{"keys":[{"kty":"oct","kid":"k","k":"AAAA"}]}"#)),
    ];
    (elsewhere, table)
}

#[tokio::test]
async fn without_keys_nobody_can_say_whether_a_token_is_good() {
    let (elsewhere, table) = faults(trusted().jwks()).await;
    for (name, _, fault) in table {
        let setup = Setup::with_timeout(fault, SHORT).await;
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
    let (elsewhere, table) = faults(trusted().jwks()).await;
    for (name, outage, fault) in table {
        let setup = Setup::with_timeout(keys(), SHORT).await;
        let (token, nobody) = (token(), with_kid("nobody"));
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        setup.server.answer(fault);
        // While the set is fresh: another key cannot be found, the known one is used
        assert_eq!(setup.verify(&nobody).await, "auth-keys-unavailable", "{name}");
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        assert_eq!(setup.server.hits(), 2, "{name}");
        setup.clock.pass(599);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
        // Long after its time the known key is used only if nobody could be asked
        setup.clock.pass(3001);
        assert_eq!(setup.verify(&token).await, if outage { "ok" } else { "auth-keys-unavailable" }, "{name}");
        assert_eq!(setup.verify(&nobody).await, "auth-keys-unavailable", "{name}");
        // And not for ever
        setup.clock.pass(86400);
        assert_eq!(setup.verify(&token).await, "auth-keys-unavailable", "{name}");
        // It heals with the first answer
        setup.server.answer(keys());
        setup.clock.pass(6);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
    }
    assert_eq!(elsewhere.hits(), 0);
}

/// A day without the issuer, hour by hour.
#[tokio::test]
async fn known_keys_outlive_a_day_without_the_issuer() {
    let setup = Setup::new(keys()).await;
    let (token, nobody) = (token(), with_kid("nobody"));
    assert_eq!(setup.verify(&token).await, "ok");
    setup.server.answer(Answer::Close);
    for hour in 1..=24 {
        setup.clock.pass(3600);
        assert_eq!(setup.verify(&token).await, "ok", "after {hour} hours");
        assert_eq!(setup.verify(&nobody).await, "auth-keys-unavailable", "after {hour} hours");
    }
    setup.clock.pass(600);
    assert_eq!(setup.verify(&token).await, "auth-keys-unavailable");
}

/// A lie behind an outage: what counts is what was answered last.
#[tokio::test]
async fn old_keys_are_not_used_once_the_issuer_answers() {
    let setup = Setup::new(keys()).await;
    let token = token();
    assert_eq!(setup.verify(&token).await, "ok");
    setup.server.answer(Answer::Close);
    setup.clock.pass(3600);
    assert_eq!(setup.verify(&token).await, "ok");
    setup.server.answer(Answer::Status(410, String::new(), String::new()));
    setup.clock.pass(7);
    setup.verify(&token).await;
    setup.settled(3).await;
    assert_eq!(setup.verify(&token).await, "auth-keys-unavailable");
}

#[tokio::test]
async fn a_server_starts_without_its_issuer_and_heals() {
    // A port that nobody listens on
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let clock = TestClock::new();
    let settings = settings(&[(ISSUER, &format!("http://{address}/jwks.json"))]);
    let verifier = Verifier::builder(settings).clock(clock.clone()).build().unwrap();
    let token = token();
    for _ in 0..3 {
        let error = verifier.verify(&token).await.unwrap_err();
        assert_eq!((error.slug(), error.retry_after().is_some()), ("auth-keys-unavailable", true));
        clock.pass(7);
    }
    let server = Server::start_at(address, keys()).await;
    verifier.verify(&token).await.unwrap();
    assert_eq!(server.hits(), 1);
}

#[tokio::test]
async fn why_nothing_was_fetched() {
    let (elsewhere, table) = faults(trusted().jwks()).await;
    let fetch = HttpFetch::new(SHORT, LOOSE).unwrap();
    for (name, outage, fault) in table {
        let server = Server::start(fault).await;
        let outcome = fetch.fetch(&server.url).await;
        let right = match name {
            "500" | "503" | "429" | "404" | "403" | "203" | "302" | "308" => {
                matches!(outcome, Err(FetchError::Status(status)) if status.to_string() == name)
            }
            "too long" | "endless" => matches!(outcome, Err(FetchError::TooLong)),
            "stalled" | "half" | "dripping" => matches!(outcome, Err(FetchError::Timeout)),
            "closed" => matches!(outcome, Err(FetchError::Connection(_))),
            _ => outcome.is_ok(),
        };
        assert!(right, "{name}: {outcome:?}");
        assert_eq!(outcome.is_err_and(|error| error.is_outage()), outage, "{name}");
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
    let fetch = |http| HttpFetch::new(Duration::from_secs(5), Reach { http, ..LOOSE }).unwrap();
    assert!(fetch(false).fetch(&server.url).await.is_err());
    assert_eq!(server.hits(), 0);
    assert!(fetch(true).fetch(&server.url).await.is_ok());
}

//! Key sets that cannot be fetched.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::keys::{Setup, keys, settings, token, with_kid};
use super::server::{Answer, Server};
use super::{ISSUER, TestClock, trusted};
use crate::auth::keys::Timing;
use crate::auth::{FetchError, FetchKeys, Fetched, HttpFetch, MAX_KEY_SET_LENGTH, Reach, Verifier};

/// Long enough for a valid response, short enough for a test.
pub(super) const SHORT: Duration = Duration::from_millis(800);

/// Allows plain HTTP and private addresses, which the servers of these tests need.
const LOOSE: Reach = Reach { http: true, private: true };

/// Every fault of a fetch, and whether it means that the issuer cannot be reached. The body is valid unless it is the
/// fault itself.
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
async fn without_keys_the_response_is_503() {
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
        // Nothing is fetched during the pause after a failure
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
async fn a_failed_fetch_never_replaces_a_valid_key_set() {
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
        // Long after it has expired, the known key is used only if the issuer cannot be reached
        setup.clock.pass(3001);
        assert_eq!(setup.verify(&token).await, if outage { "ok" } else { "auth-keys-unavailable" }, "{name}");
        assert_eq!(setup.verify(&nobody).await, "auth-keys-unavailable", "{name}");
        // And not forever
        setup.clock.pass(86400);
        assert_eq!(setup.verify(&token).await, "auth-keys-unavailable", "{name}");
        // It recovers with the first response
        setup.server.answer(keys());
        setup.clock.pass(6);
        assert_eq!(setup.verify(&token).await, "ok", "{name}");
    }
    assert_eq!(elsewhere.hits(), 0);
}

/// A day without the issuer, checked each hour.
#[tokio::test]
async fn known_keys_are_used_during_a_day_without_the_issuer() {
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

/// A false response after an outage: the last response counts.
#[tokio::test]
async fn expired_keys_are_not_used_if_the_issuer_responds() {
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
async fn a_server_starts_without_its_issuer_and_recovers() {
    // A port on which no server listens
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
async fn errors_of_fetches() {
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

/// A custom fetcher without limits.
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
async fn the_limits_apply_to_custom_fetchers() {
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

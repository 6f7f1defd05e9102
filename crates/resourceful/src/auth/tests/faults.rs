//! Key sets that cannot be fetched.

use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::keys::{Setup, keys, settings, token, with_kid};
use super::server::{Answer, Server};
use super::{ISSUER, TestClock, trusted};
use crate::auth::keys::Timing;
use crate::auth::{FetchError, FetchKeys, Fetched, HttpFetch, MAX_KEY_SET_LENGTH, Verifier};

/// Long enough for a good answer, short enough to wait for.
const SHORT: Duration = Duration::from_millis(800);

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
    let (elsewhere, table) = faults().await;
    for (name, fault) in table {
        let setup = Setup::with_timeout(keys(), SHORT).await;
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
        setup.asked(3).await;
        assert_eq!(setup.verify(&with_kid("nobody")).await, "auth-keys-unavailable", "{name}");
        // But not for ever
        setup.clock.pass(86400);
        assert_eq!(setup.verify(&token).await, "auth-keys-unavailable", "{name}");
    }
    assert_eq!(elsewhere.hits(), 0);
}

#[tokio::test]
async fn why_nothing_was_fetched() {
    let (elsewhere, table) = faults().await;
    let fetch = HttpFetch::new(SHORT, true).unwrap();
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

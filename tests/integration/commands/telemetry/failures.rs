//! What Sentry gets.

use resourceful::serde_json::{Value, from_str, json};

use super::receiver::{Manner, Receiver, events};
use super::{SECRET, Serving, ask};

fn server(receiver: &Receiver, more: &[(&str, &str)]) -> Serving {
    let dsn = format!("http://key@{}/42", receiver.address);
    Serving::start_with(&[&[("SENTRY_DSN", dsn.as_str())], more].concat())
}

#[test]
fn failures_and_panics_are_events_and_nothing_else_is() {
    let receiver = Receiver::start(Manner::Takes);
    let server = server(&receiver, &[("SENTRY_ENVIRONMENT", "blue")]);
    let token = server.token("auth0|ada");
    let known = format!("Authorization: Bearer {token}");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01");
    let ids = ["0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4", "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c5"];
    let email = "{\"email\": \"hunter2-canary@example.org\"}";
    for (method, path, body, status) in [
        ("GET", format!("/api/v1/notices/{}/failing?secret={SECRET}", ids[0]), "", 400),
        ("GET", format!("/api/v1/notices/{}/failing", ids[0]), email, 500),
        ("GET", format!("/api/v1/notices/{}/failing", ids[1]), "", 500),
        ("GET", format!("/api/v1/notices/{}/panicking", ids[0]), "", 500),
        // Mistakes of clients
        ("GET", format!("/api/v1/things/{}", ids[0]), "", 404),
        ("POST", "/api/v1/things".to_owned(), email, 422),
        ("GET", format!("/no/{SECRET}"), "", 404),
    ] {
        let answer = ask(&server, method, &path, &[&known, &traced, "X-Request-Id: r-17"], body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
    }
    ask(&server, "GET", "/api/v1/things", &["Authorization: Bearer hunter2-canary"], "");
    let log = server.end();
    let all = events(&receiver.got());
    assert_eq!(all.len(), 3, "{all:?}");
    let route = "/api/v1/notices/{id}/failing";
    for event in &all[..2] {
        for (pointer, expected) in [
            ("/transaction", json!(format!("GET {route}"))),
            ("/environment", json!("blue")),
            ("/release", json!("Things@1.0.0")),
            ("/tags/problem", json!("internal-error")),
            ("/tags/status", json!("500")),
            ("/tags/method", json!("GET")),
            ("/tags/route", json!(route)),
            ("/tags/request_id", json!("r-17")),
            ("/contexts/trace/trace_id", json!(trace)),
            ("/contexts/trace/span_id", json!("00f067aa0ba902b7")),
            // The innermost cause first
            ("/exception/values/0/value", json!("the disk is full")),
            ("/exception/values/1/value", json!("the report cannot be printed")),
            ("/exception/values/2/type", json!("internal-error")),
            ("/exception/values/2/mechanism/handled", json!(true)),
            ("/fingerprint", json!(["internal-error", format!("GET {route}")])),
            ("/request", json!({"method": "GET"})),
            ("/user/id", all[0]["user"]["id"].clone()),
        ] {
            assert_eq!(event.pointer(pointer), Some(&expected), "{pointer} of {event}");
        }
        assert_eq!(event["user"]["id"].as_str().map(str::len), Some(16), "{event}");
        assert!(event.get("server_name").is_none(), "{event}");
    }
    let panicked = &all[2];
    assert_eq!(panicked["exception"]["values"][0]["type"], "panic", "{panicked}");
    let frame = &panicked["exception"]["values"][0]["stacktrace"]["frames"][0];
    assert!(frame["filename"].as_str().is_some_and(|file| file.ends_with("program.rs")), "{panicked}");
    assert!(frame["lineno"].as_u64() > Some(0), "{panicked}");
    assert_eq!(panicked["exception"]["values"][1]["mechanism"]["handled"], json!(false), "{panicked}");
    assert!(panicked["fingerprint"][0].as_str().is_some_and(|text| text.starts_with("panic ")), "{panicked}");

    let first = &receiver.got()[0];
    assert_eq!((first.path.as_str(), first.header("content-encoding")), ("/api/42/envelope/", "gzip"));
    let auth = first.header("x-sentry-auth");
    assert!(auth.starts_with("Sentry ") && auth.contains("sentry_key=key"), "{auth}");
    let everything = receiver.everything();
    for secret in [SECRET, &token, ids[0], ids[1], "auth0|ada", "example.org", "localhost"] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
    }
    // The panic is a line of the log, too, and no other text is between the lines.
    let lines: Vec<Value> =
        log.lines().map(|line| from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let panics = lines.iter().filter(|line| line["target"] == "resourceful::panic").count();
    assert_eq!(panics, 1, "{log}");
}

#[test]
fn who_failed_and_how_many_failures_are_sent_can_be_chosen() {
    let receiver = Receiver::start(Manner::Takes);
    for (name, value, users) in [
        ("SENTRY_USER", "id", &[json!("auth0|ada")][..]),
        ("SENTRY_USER", "none", &[Value::Null]),
        ("SENTRY_SAMPLE_RATE", "0", &[]),
    ] {
        let before = receiver.got().len();
        let server = server(&receiver, &[(name, value)]);
        let known = format!("Authorization: Bearer {}", server.token("auth0|ada"));
        ask(&server, "GET", "/api/v1/notices/0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4/failing", &[&known], "");
        let log = server.end();
        let sent = events(&receiver.got()[before..]);
        let found: Vec<Value> = sent.iter().map(|event| event["user"]["id"].clone()).collect();
        assert_eq!(found, users, "{name}={value}: {log}");
        assert!(sent.iter().all(|event| event["environment"] == "development"), "{sent:?}");
    }
}

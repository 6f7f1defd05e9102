//! The `Host` header, `HEAD` requests, and request heads that cannot be parsed.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use resourceful::prelude::*;
use resourceful::testing::{TestApp, TestDatabase};

use crate::mount_in_actix::start;
use crate::resources::Note;

/// Sends bytes and reads until the server closes.
fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
    stream.write_all(bytes).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server closes");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Heads without a host, with several hosts, and with invalid ones.
fn bad_hosts() -> Vec<String> {
    let values = [
        "",
        " ",
        "a/b",
        "a b",
        "a\tb",
        "a@b",
        "user:secret@a",
        "a?b",
        "a#b",
        "a\\b",
        "a,b c",
        "<a>",
        "\"a\"",
        "{a}",
        "a|b",
        "a^b",
        "a`b",
        "a:b",
        "a:-1",
        "a:+1",
        "a:65536",
        "a:99999",
        "a:1:2",
        "a: 80",
        "a:8 0",
        ":80",
        ":",
        "[::1",
        "::1",
        "[::1]80",
        "[::1]:65536",
        "[]",
        "[1.2.3.4]",
        "[::g]",
        "[fe80::1%25eth0]",
        "a]",
        "a%",
        "a%2",
        "a%zz",
        "http://a",
        "é",
        "a\u{7f}",
    ];
    let one = values.iter().map(|value| format!("Host: {value}\r\n"));
    one.chain(["", "Host: a\r\nHost: a\r\n", "Host: a\r\nHost: b\r\n"].map(str::to_owned)).collect()
}

const GOOD_HOSTS: [&str; 14] = [
    "x",
    "a.example",
    "a.example:8000",
    "a.example:",
    "a_b",
    "127.0.0.1",
    "127.0.0.1:0",
    "[::1]",
    "[::1]:443",
    "a:65535",
    "xn--bcher-kva.example",
    "a%C3%A9",
    "A.EXAMPLE",
    "a.example.",
];

#[test]
fn an_invalid_host_header_is_refused() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| app.resource::<Note>());
    let below = start(&[Note::spec()], |ctx, config| {
        config.service(resourceful::mount(ctx).resource::<Note>());
    });
    let places = [
        (app.address(), "/api/v1/notes"),
        (app.address(), "/health/live"),
        (app.address(), "/nothing"),
        (below, "/api/v1/notes"),
        (below, "/api/v1/nothing"),
    ];
    for (address, path) in places {
        for host in bad_hosts() {
            let answer = raw(address, format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400"), "{host:?} at {path}: {answer}");
            // Requests that actix refuses itself are answered without a body.
            let explained = answer.contains("/problems/invalid-request");
            assert!(explained || answer.contains("content-length: 0"), "{host:?} at {path}: {answer}");
        }
        for host in GOOD_HOSTS {
            let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = raw(address, head.as_bytes());
            assert!(!answer.starts_with("HTTP/1.1 400"), "{host:?} at {path}: {answer}");
        }
    }
    let old = raw(app.address(), b"GET /health/live HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 200"), "HTTP/1.0 knows no Host: {old}");
}

/// The status and the headers, without those that differ each time.
fn head(answer: &str) -> Vec<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let varies = |line: &&str| !line.starts_with("date: ") && !line.starts_with("x-request-id: ");
    let mut lines: Vec<String> = head.lines().filter(varies).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| app.resource::<Note>());
    let paths = [
        "/api/v1/notes",
        "/api/v1/notes/1",
        "/api/v1/nothing",
        "/openapi.json",
        "/health/live",
        "/problems",
        "/nothing",
    ];
    for path in paths {
        let ask = |method: &str, last: &str| format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{last}\r\n");
        let close = "Connection: close\r\n";
        let got = raw(app.address(), ask("GET", close).as_bytes());
        let known = raw(app.address(), ask("HEAD", close).as_bytes());
        assert!(known.ends_with("\r\n\r\n"), "{path}: {known}");
        let length = |answer: &str| head(answer).iter().any(|line| line.starts_with("content-length: "));
        assert!(length(&known), "{path}: {known}");
        // Problem documents contain the request id, whose length is always the same.
        assert_eq!(head(&known), head(&got), "{path}");
        // A second request that arrives before the answer must not cause a body to be sent.
        let both = raw(app.address(), (ask("HEAD", "") + &ask("GET", close)).as_bytes());
        let (first, second) = both.split_once("\r\n\r\n").expect("a head");
        assert!(second.starts_with("HTTP/1.1 "), "{path}: the answer to HEAD has a body: {second}");
        assert_eq!(head(second), head(&got), "{path}");
        assert_eq!(first.lines().next(), got.lines().next(), "{path}");
        assert_eq!(
            second.split_once("\r\n\r\n").map(|(_, body)| body.len()),
            got.split_once("\r\n\r\n").map(|(_, body)| body.len())
        );
    }
}

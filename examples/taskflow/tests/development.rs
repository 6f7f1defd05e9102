//! Tokens for the pages of development: only for this machine, only for pages of the server itself.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use resourceful::serde_json::{Value, from_str};
use support::Place;

/// Sends a request with these headers. The answer is its status and its body.
fn send(port: &str, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let host = if headers.contains("Host: ") { String::new() } else { format!("Host: localhost:{port}\r\n") };
    let message = format!(
        "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("the server listens");
    stream.write_all(message.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

#[test]
fn tokens_of_users_that_can_be_chosen() {
    const JSON: &str = "Content-Type: application/json\r\n";
    const TOKEN: &str = "/development/token";
    let place = Place::new();
    let server = place.serve();
    let line = server.greeting().lines().find_map(|line| line.trim().strip_prefix("Overview"));
    let port = line.and_then(|line| line.trim().strip_suffix('/')?.rsplit(':').next()).expect("a port");

    // The user, and the statuses of a read and of a write
    for (body, read, write) in [
        ("{\"user\": \"ada\"}", 200, 201),
        ("{\"user\": \"grace\"}", 200, 403),
        ("{\"user\": \"alan\"}", 403, 403),
        ("{\"sub\": \"auth0|ada\", \"permissions\": [\"projects:read\"]}", 200, 403),
        ("{\"sub\": \"auth0|somebody\", \"permissions\": [\"projects:*\"]}", 200, 201),
        ("{\"sub\": \"auth0|somebody\"}", 403, 403),
    ] {
        let (status, answer) = send(port, "POST", TOKEN, JSON, body);
        assert_eq!(status, 200, "{body}: {answer}");
        let answer: Value = from_str(&answer).expect("JSON");
        assert_eq!(answer["expiresIn"], 3600, "{body}");
        let bearer = format!("{JSON}Authorization: Bearer {}\r\n", answer["token"].as_str().expect("a token"));
        assert_eq!(send(port, "GET", "/api/v1/projects", &bearer, "").0, read, "{body}");
        assert_eq!(send(port, "POST", "/api/v1/projects", &bearer, "{\"name\": \"Bridge\"}").0, write, "{body}");
    }
    // What is wrong, and the status
    for (headers, body, expected) in [
        (JSON, "{\"user\": \"eve\"}", 400),
        (JSON, "{}", 400),
        (JSON, "{\"user\": \"ada\", \"sub\": \"auth0|ada\"}", 400),
        (JSON, "{\"sub\": \"\"}", 400),
        (JSON, "{\"user\": \"ada\", \"roles\": []}", 400),
        (JSON, "ada", 400),
        (JSON, "", 400),
        ("Content-Type: text/plain\r\n", "{\"user\": \"ada\"}", 415),
        ("", "{\"user\": \"ada\"}", 415),
        ("Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n", "{\"user\": \"ada\"}", 403),
        ("Content-Type: application/json\r\nSec-Fetch-Site: same-site\r\n", "{\"user\": \"ada\"}", 403),
        ("Content-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n", "{\"user\": \"ada\"}", 200),
        ("Host: evil.example\r\nContent-Type: application/json\r\n", "{\"user\": \"ada\"}", 404),
    ] {
        let (status, answer) = send(port, "POST", TOKEN, headers, body);
        assert_eq!(status, expected, "{headers}{body}: {answer}");
        assert_eq!(answer.contains("eyJ"), expected == 200, "{headers}{body}: {answer}");
    }
    let (status, answer) = send(port, "GET", TOKEN, "", "");
    assert!(status == 405 && !answer.contains("eyJ"), "{answer}");

    // Pages have no tokens in them, and pages under another name know nothing of it.
    for (path, headers, has) in [
        ("/", "", "Copy a token"),
        ("/docs", "", "data-sign-in=\"{&quot;"),
        ("/docs/sign-in.js", "", "preauthorizeApiKey"),
    ] {
        let (status, page) = send(port, "GET", path, headers, "");
        assert!(status == 200 && page.contains(has) && !page.contains("eyJ"), "{path}: {page}");
        let (_, page) = send(port, "GET", path, "Host: evil.example\r\n", "");
        assert!(!page.contains(has), "{path}: {page}");
    }
}

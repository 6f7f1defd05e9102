//! HTTP headers and connections: `Authorization`, the headers of every answer, malformed requests, `Expect: 100-continue`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ada, app, project, refused, user};

/// Sends bytes and reads until the server closes the connection or stops answering.
fn raw(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.address()).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_millis(1500))).expect("a timeout can be set");
    // The server may close the connection before everything is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut part = [0_u8; 4096];
    while let Ok(count) = stream.read(&mut part) {
        if count == 0 {
            break;
        }
        answer.extend_from_slice(&part[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn authorization_headers() {
    let app = app(TestDatabase::Sqlite);
    let token = app.issuer().token(&user("auth0|ada"));
    let valid = format!("Bearer {token}");
    let cases: Vec<(&str, Vec<String>, u16, &str)> = vec![
        ("Basic", vec!["Basic eDp5".into()], 401, "unauthenticated"),
        ("Bearer alone", vec!["Bearer".into()], 400, "invalid-request"),
        ("two tokens", vec!["Bearer a b".into()], 400, "invalid-request"),
        ("two headers", vec![valid.clone(), valid.clone()], 400, "invalid-request"),
        ("9 KiB", vec![format!("Bearer {}", "a".repeat(9 * 1024))], 401, "invalid-token"),
        ("two parts", vec!["Bearer a.b".into()], 401, "invalid-token"),
        ("five parts", vec!["Bearer a.b.c.d.e".into()], 401, "invalid-token"),
        ("a changed signature", vec![format!("{}A", &valid[..valid.len() - 1])], 401, "invalid-token"),
        ("padding", vec![format!("{valid}=")], 401, "invalid-token"),
    ];
    let statements = app.ctx().statements();
    for (what, values, status, slug) in cases {
        // The signature may already end like this: then the token is valid.
        if what == "a changed signature" && valid.ends_with('A') {
            continue;
        }
        let headers: Vec<(&str, &str)> = values.iter().map(|value| ("authorization", value.as_str())).collect();
        let answer = app.anonymous().send("GET", "/api/v1/projects", &headers, None);
        refused(&answer, status, slug, what);
    }
    let reader = app.as_user(resourceful::CurrentUser::new("auth0|ada").with_permissions(["tasks:read"]));
    refused(&reader.get("/api/v1/projects"), 403, "insufficient-scope", "another permission");
    refused(&reader.post("/api/v1/projects", "{"), 403, "insufficient-scope", "whatever the body is");
    let preflight = app.anonymous().send("OPTIONS", "/api/v1/projects", &[], None);
    assert_eq!(preflight.status, 204, "{}", preflight.text());
    assert_eq!(app.ctx().statements(), statements, "none of it needs the database");
    let lower = app.anonymous().send("GET", "/api/v1/projects", &[("authorization", &format!("bearer {token}"))], None);
    assert_eq!(lower.status, 200, "the scheme ignores case (RFC 9110 section 11.1)");
    let in_query = app.anonymous().get(&format!("/api/v1/projects?access_token={token}"));
    refused(&in_query, 401, "unauthenticated", "a token in the query");
}

#[test]
fn the_connection_stays_open_after_a_401() {
    let app = app(TestDatabase::Sqlite);
    let valid = format!("Authorization: Bearer {}\r\n", app.issuer().token(&user("auth0|ada")));
    let expired = format!("Authorization: Bearer {}\r\n", app.issuer().expired_token(&user("auth0|ada")));
    let request = |token: &str| format!("GET /api/v1/projects HTTP/1.1\r\nHost: x\r\n{token}\r\n");
    let all = [&expired, &valid, "", &valid, "Authorization: Bearer a.b.c\r\n", &valid].map(request).concat();
    // All on one connection
    let answers = raw(&app, all.as_bytes());
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["401", "200", "401", "200", "401", "200"], "{answers}");
}

#[test]
fn subjects_are_compared_byte_by_byte() {
    let app = app(TestDatabase::Sqlite);
    project(&app.as_user(user("auth0|é")), "mine");
    for id in ["AUTH0|é", "auth0|é ", "auth0|e\u{301}", "auth0|e"] {
        assert_eq!(app.as_user(user(id)).get("/api/v1/projects/self").json()["total"], 0, "{id:?}");
    }
    assert_eq!(app.as_user(user("auth0|é")).get("/api/v1/projects/self").json()["total"], 1);
}

#[test]
fn headers_of_every_answer() {
    let app = app(TestDatabase::Sqlite);
    let ada = ada(&app);
    for path in ["/api/v1/projects", "/api/v1/nothing", "/health/live", "/openapi.json"] {
        let answer = ada.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{path}");
        assert!(answer.header("server").is_none(), "{path}");
    }
    assert_eq!(ada.get("/api/v1/projects").header("cache-control"), Some("private, no-cache"));
    assert_eq!(ada.get("/api/v1/nothing").header("cache-control"), Some("no-store"));
    let given = ada.send("GET", "/api/v1/projects", &[("x-request-id", "trace-42")], None);
    assert_eq!(given.header("x-request-id"), Some("trace-42"));
    let forged = ada.send("GET", "/api/v1/projects", &[("x-request-id", "a b<script>")], None);
    assert_ne!(forged.header("x-request-id"), Some("a b<script>"));
}

#[test]
fn broken_requests_leave_the_server_alive() {
    let app = app(TestDatabase::Sqlite);
    let token = app.issuer().token(&user("auth0|ada"));
    let head = |extra: &str| {
        format!(
            "POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{extra}\r\n"
        )
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("two lengths", format!("{}{{}}", head("Content-Length: 2\r\nContent-Length: 3\r\n")).into_bytes()),
        (
            "length and chunks",
            format!("{}0\r\n\r\n", head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")).into_bytes(),
        ),
        ("a negative length", head("Content-Length: -1\r\n").into_bytes()),
        ("a length of two words", head("Content-Length: 5,5\r\n").into_bytes()),
        ("a bad chunk", format!("{}0x5\r\nhello\r\n0\r\n\r\n", head("Transfer-Encoding: chunked\r\n")).into_bytes()),
        ("half a body", format!("{}{{\"name\":\"half", head("Content-Length: 500\r\n")).into_bytes()),
        ("a header with NUL", b"GET /api/v1/projects HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n".to_vec()),
        ("an HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        (
            "200 headers",
            format!("GET /api/v1/projects HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(200)).into_bytes(),
        ),
        ("a path of 70 KiB", format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70 * 1024)).into_bytes()),
    ];
    for (what, bytes) in cases {
        let answer = raw(&app, &bytes);
        let status = answer.get(9..12).unwrap_or_default();
        assert!(answer.is_empty() || status.starts_with('4') || status == "505", "{what}: {answer}");
        assert_eq!(app.anonymous().get("/health/live").status, 200, "alive after {what}");
    }
    assert_eq!(ada(&app).get("/api/v1/projects/count").json()["total"], 0, "no broken request wrote a row");
    let endless =
        format!("{}{}", head("Transfer-Encoding: chunked\r\n"), "10000\r\n".to_owned() + &"x".repeat(65_536) + "\r\n");
    let flood = endless.clone() + &format!("10000\r\n{}\r\n", "x".repeat(65_536)).repeat(20);
    assert!(raw(&app, flood.as_bytes()).contains(" 413 "), "a body in chunks has a limit too");
    let pipelined = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    assert_eq!(
        raw(&app, pipelined.as_bytes()).matches("200 OK").count(),
        100,
        "pipelined requests are answered one by one"
    );
}

/// actix-http 3.20 answers `100 Continue` below every service, so the refusal comes after it, without waiting for the body.
#[test]
fn a_refusal_does_not_wait_for_a_body_that_expects_100_continue() {
    let app = app(TestDatabase::Sqlite);
    let token = app.issuer().token(&user("auth0|ada"));
    for (what, path, authorization, length, status) in [
        ("no token", "/api/v1/projects", String::new(), 1000, "401"),
        ("no such path", "/nowhere", String::new(), 1000, "404"),
        ("over the limit", "/api/v1/projects", format!("Authorization: Bearer {token}\r\n"), 100_000_000, "413"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\n{authorization}Content-Type: application/json\r\n\
             Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        );
        let answer = raw(&app, head.as_bytes());
        let refusal =
            answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or_else(|| panic!("{what}: {answer}"));
        assert_eq!(refusal.get(9..12), Some(status), "{what}: {answer}");
    }
}

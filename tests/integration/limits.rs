//! Limits of one request (time, body, connections, size of answers), and their effect on other requests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::sea_orm::sea_query::Expr;
use resourceful::serde_json::json;
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// A row whose policy takes minutes to evaluate, except for the user `quick`.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, has_many(pebbles: Pebble))]
pub struct Rock {
    pub id: i32,
    #[resource(filter, search)]
    pub name: String,
}

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, has_many(grains: Grain))]
pub struct Pebble {
    pub id: i32,
    #[resource(filter, search)]
    pub name: String,
    #[resource(belongs_to(rock: Rock))]
    pub rock_id: Option<i32>,
}

/// A row whose policy is fast.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks)]
pub struct Grain {
    pub id: i32,
    pub text: String,
    #[resource(belongs_to(pebble: Pebble), filter)]
    pub pebble_id: Option<i32>,
}

impl Hooks for Grain {
    async fn before_create(row: &mut grain::ActiveModel, hook: &HookContext) -> Result<()> {
        if row.text.as_ref() == "slow" {
            hook.service::<rock::Service>().list(Query::new()).await?;
        }
        Ok(())
    }
}

/// Stores any JSON.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Ledger {
    pub id: i32,
    pub pages: resourceful::serde_json::Value,
}

/// An expression that takes some minutes.
fn slow() -> Expr {
    Expr::cust(
        "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 400000000) \
         SELECT COUNT(*) FROM numbers WHERE n % 2 = 0) > 1",
    )
}

fn rows<R: Resource>(user: Option<&CurrentUser>, operation: Operation) -> Rows<R> {
    match user {
        Some(user) if user.id == "slow" => Rows::when("slow", slow()),
        // The write itself is fast, and the recheck of the policy is slow.
        Some(user) if user.id == "later" && !operation.is_write() => Rows::when("slow", slow()),
        _ => Rows::all(),
    }
}

impl Policy for Rock {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        rows(user, operation)
    }
}

impl Policy for Pebble {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        rows(user, operation)
    }
}

fn start(database: TestDatabase, settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with(database, settings, |app| {
        app.resource::<Rock>().resource::<Pebble>().resource::<Grain>().resource::<Ledger>()
    });
    let quick = caller(&app, "quick");
    created(quick.post("/api/v1/rocks", json!({"name": "granite"})));
    created(quick.post("/api/v1/pebbles", json!({"name": "round", "rockId": 1})));
    created(quick.post("/api/v1/grains", json!({"text": "a", "pebbleId": 1})));
    app
}

fn user(id: &str) -> CurrentUser {
    let all = ["rocks", "pebbles", "grains", "ledgers"]
        .map(|name| ["read", "write", "delete"].map(|kind| format!("{name}:{kind}")));
    CurrentUser::new(id).with_permissions(all.into_iter().flatten())
}

fn caller<'a>(app: &'a TestApp, id: &str) -> Caller<'a> {
    app.as_user(user(id))
}

#[test]
fn every_statement_has_a_timeout() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = start(database, &[("STATEMENT_TIMEOUT", "0.3")]);
        let (slow, quick) = (caller(&app, "slow"), caller(&app, "quick"));
        let before = ok(quick.get("/api/v1/rocks?include=pebbles"));
        for (method, path, body) in [
            ("GET", "/api/v1/rocks", None),
            ("GET", "/api/v1/rocks?count=none", None),
            ("GET", "/api/v1/rocks?q=granite", None),
            ("GET", "/api/v1/rocks/count", None),
            ("GET", "/api/v1/rocks/1", None),
            ("GET", "/api/v1/grains?pebble.name=round", None),
            ("GET", "/api/v1/grains?include=pebble", None),
            ("GET", "/api/v1/grains/1?include=pebble.rock", None),
            ("POST", "/api/v1/rocks/search", Some(json!({"filter": {"name": "granite"}}))),
            ("POST", "/api/v1/rocks", Some(json!({"name": "slate"}))),
            ("POST", "/api/v1/rocks/bulk", Some(json!([{"name": "slate"}, {"name": "gneiss"}]))),
            ("PUT", "/api/v1/rocks/1", Some(json!({"name": "slate"}))),
            ("PATCH", "/api/v1/rocks/1", Some(json!({"name": "slate"}))),
            ("DELETE", "/api/v1/rocks/1", None),
        ] {
            let body = body.map(|body| resourceful::serde_json::to_vec(&body).expect("JSON"));
            let answer = slow.send(method, path, &[("content-type", "application/json")], body);
            refused(&answer, 503, "timeout", &format!("{database:?}: {method} {path}"));
            assert_eq!(answer.header("retry-after"), Some("1"), "{method} {path}");
        }
        assert_eq!(ok(quick.get("/api/v1/rocks?include=pebbles")), before, "{database:?}: nothing was written");
        created(quick.post("/api/v1/rocks", json!({"name": "slate"})));
    }
}

#[test]
fn a_transaction_may_take_longer_than_a_statement() {
    let app = start(TestDatabase::Sqlite, &[("STATEMENT_TIMEOUT", "0.4")]);
    app.block_on(async {
        let done = app.ctx().transaction(async |tx| {
            let grains = grain::Service::as_system(&tx);
            let begun = Instant::now();
            let mut count = 0;
            while begun.elapsed() < Duration::from_millis(700) {
                grains.create(grain::Create::new("b")).await?;
                count += 1;
            }
            Ok(count)
        });
        let count: u64 = done.await.expect("each statement was short");
        let there = grain::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count");
        assert_eq!(there, count + 1);
    });
}

/// Sends a request and returns the open connection.
fn send(app: &TestApp, who: &str, method: &str, path: &str, body: &str) -> TcpStream {
    let token = app.issuer().token(&user(who));
    let mut stream = TcpStream::connect(app.address()).expect("the server listens");
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{length}\r\n{body}"
    );
    stream.write_all(head.as_bytes()).expect("the request is sent");
    stream
}

/// Waits until the readers have no connection left: another read is refused.
fn until_readers_are_busy(app: &TestApp) {
    let (quick, begun) = (caller(app, "quick"), Instant::now());
    while quick.get("/api/v1/grains").status != 503 {
        assert!(begun.elapsed().as_secs() < 30, "the readers never have all connections");
    }
}

const BUSY: &[(&str, &str)] =
    &[("DATABASE_MAX_CONNECTIONS", "3"), ("ACQUIRE_TIMEOUT", "1"), ("STATEMENT_TIMEOUT", "60")];

#[test]
fn readers_do_not_keep_writers_waiting() {
    let app = start(TestDatabase::Sqlite, BUSY);
    let _readers: Vec<TcpStream> = (0..3).map(|_| send(&app, "slow", "GET", "/api/v1/rocks", "")).collect();
    until_readers_are_busy(&app);
    let quick = caller(&app, "quick");
    for text in ["b", "c"] {
        // A write with hooks is a transaction; one without is a statement.
        created(quick.post("/api/v1/grains", json!({"text": text, "pebbleId": 1})));
        created(quick.post("/api/v1/rocks/bulk", json!([{"name": text}])));
    }
    assert_eq!(quick.patch("/api/v1/pebbles/1", json!({"name": "flat"})).status, 200);
    assert_eq!(quick.get("/api/v1/grains").status, 503, "all readers are still busy");
}

#[test]
fn work_for_a_disconnected_client_stops() {
    let app = start(TestDatabase::Sqlite, BUSY);
    let quick = caller(&app, "quick");
    for _ in 0..3 {
        // Some read, and one writes: a transaction that reads for ever.
        let mut clients: Vec<TcpStream> = (0..8).map(|_| send(&app, "slow", "GET", "/api/v1/rocks", "")).collect();
        until_readers_are_busy(&app);
        clients.push(send(&app, "slow", "POST", "/api/v1/grains", r#"{"text": "slow"}"#));
        drop(clients);
        let begun = Instant::now();
        while quick.get("/api/v1/grains").status != 200 {
            assert!(begun.elapsed().as_secs() < 30, "the statements of disconnected clients continue");
        }
        let begun = Instant::now();
        while quick.post("/api/v1/grains", json!({"text": "b"})).status != 201 {
            assert!(begun.elapsed().as_secs() < 30, "the write of a disconnected client continues");
        }
    }
    assert_eq!(ok(quick.get("/api/v1/grains"))["total"], 4, "what was cut off has not happened");
}

/// The answer to a client that sends a head and then as much as it can, and how much it could send.
fn flood(app: &TestApp, head: &str, chunked: bool) -> (String, usize) {
    let mut stream = TcpStream::connect(app.address()).expect("the server listens");
    stream.set_write_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(head.as_bytes()).expect("a head");
    let mut reader = stream.try_clone().expect("the same connection");
    let reading = std::thread::spawn(move || {
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        loop {
            match reader.read(&mut part) {
                Ok(0) => return (answer, true),
                Ok(count) => answer.extend_from_slice(&part[..count]),
                Err(error) => return (answer, error.kind() == std::io::ErrorKind::ConnectionReset),
            }
        }
    });
    let data = "x".repeat(16 * 1024);
    let part = if chunked { format!("4000\r\n{data}\r\n") } else { data };
    let mut sent = 0;
    while sent < 200 * 1024 * 1024 && stream.write_all(part.as_bytes()).is_ok() {
        sent += part.len();
    }
    let (answer, closed) = reading.join().expect("no panic");
    assert!(closed, "the connection is not closed after {sent} bytes");
    (String::from_utf8_lossy(&answer).into_owned(), sent)
}

#[test]
fn a_refused_body_is_read_only_up_to_a_limit() {
    let app = start(TestDatabase::Sqlite, &[("BODY_LIMIT", "65536")]);
    let token = |user: &CurrentUser| format!("Authorization: Bearer {}\r\n", app.issuer().token(user));
    let (valid, poor, json) =
        (token(&user("quick")), token(&CurrentUser::new("poor")), "Content-Type: application/json\r\n");
    for (status, line, headers) in [
        (401, "POST /api/v1/rocks", json.to_owned()),
        (403, "POST /api/v1/rocks", format!("{poor}{json}")),
        (404, "POST /api/v1/nothing", format!("{valid}{json}")),
        (404, "POST /nothing", json.to_owned()),
        (404, "PUT /api/v1/rocks/x", format!("{valid}{json}")),
        (400, "POST /api/v1/rocks/search?a=b", format!("{valid}{json}")),
        (405, "PUT /api/v1/rocks", format!("{valid}{json}")),
        (405, "POST /health/live", json.to_owned()),
        (413, "POST /api/v1/rocks", format!("{valid}{json}")),
        (415, "POST /api/v1/rocks", format!("{valid}Content-Type: text/plain\r\n")),
        (415, "POST /api/v1/rocks", format!("{valid}{json}Content-Encoding: gzip\r\n")),
        (200, "GET /api/v1/rocks", format!("{valid}{json}")),
        (200, "HEAD /api/v1/rocks", format!("{valid}{json}")),
        (404, "HEAD /api/v1/nothing", format!("{valid}{json}")),
        (400, "POST /api/v1/rocks", format!("{valid}{json}Host: another\r\n")),
    ] {
        for (length, chunked) in
            [("Transfer-Encoding: chunked\r\n", true), ("Content-Length: 1000000000000\r\n", false)]
        {
            // The size is checked before the type, if it is declared.
            let status = if status == 415 && !chunked { 413 } else { status };
            let head = format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}{length}\r\n");
            let (answer, sent) = flood(&app, &head, chunked);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {length}: {answer}");
            assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{line} {length}: {answer}");
            // The buffers of the sockets on both sides do not count.
            assert!(sent < 32 * 1024 * 1024, "{line} {length}: {sent} bytes were read");
        }
    }
}

#[test]
fn an_incomplete_body_closes_the_connection() {
    let app = start(TestDatabase::Sqlite, &[("BODY_TIMEOUT", "0.3")]);
    let valid = app.issuer().token(&user("quick"));
    for (length, part) in [("Transfer-Encoding: chunked\r\n", "5\r\n{\"nam\r\n"), ("Content-Length: 500\r\n", "{\"nam")]
    {
        let mut stream = TcpStream::connect(app.address()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let head = format!(
            "POST /api/v1/rocks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {valid}\r\nContent-Type: application/json\r\n{length}\r\n{part}"
        );
        stream.write_all(head.as_bytes()).expect("a part is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server closes the connection");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("/problems/request-timeout"), "{answer}");
    }
}

#[test]
fn an_incomplete_head_closes_the_connection() {
    let app = start(TestDatabase::Sqlite, &[("HEAD_TIMEOUT", "0.3")]);
    for part in ["", "GET /health", "GET /health/live HTTP/1.1\r\n", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-A"] {
        let mut stream = TcpStream::connect(app.address()).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(part.as_bytes()).expect("a part is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server closes the connection");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{part}: {answer}");
    }
}

#[test]
fn connections_beyond_the_limit_wait() {
    let app = start(TestDatabase::Sqlite, &[("MAX_CONNECTIONS", "4"), ("WORKERS", "2"), ("KEEP_ALIVE", "60")]);
    let ask = |stream: &mut TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a timeout");
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
        let mut part = [0; 4096];
        stream.read(&mut part)
    };
    let mut open = Vec::new();
    // The caller of `start` has some connections as well.
    let mut waiting = loop {
        let mut stream = TcpStream::connect(app.address()).expect("the system takes it");
        if ask(&mut stream).is_err() {
            break stream;
        }
        open.push(stream);
        assert!(open.len() <= 4, "five connections are served at once");
    };
    drop(open);
    waiting.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let mut part = [0; 4096];
    let count = waiting.read(&mut part).expect("it is served when other connections are closed");
    assert!(part[..count].starts_with(b"HTTP/1.1 200 "));
}

#[test]
fn answers_to_reads_are_limited_and_answers_to_writes_are_not() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = start(database, &[("ANSWER_LIMIT", "20000"), ("BODY_LIMIT", "200000")]);
        let quick = caller(&app, "quick");
        let name = "n".repeat(5_000);
        // The answers exceed the limit, and the rows are written nevertheless.
        let bulk = created(quick.post("/api/v1/rocks/bulk", json!(vec![json!({"name": name}); 8])));
        assert_eq!(bulk.as_array().map(Vec::len), Some(8));
        let long = "l".repeat(60_000);
        let rock = created(quick.post("/api/v1/rocks", json!({"name": long})));
        let path = format!("/api/v1/rocks/{}", rock["id"]);
        for answer in
            [quick.patch(&path, json!({"name": long.replace('l', "m")})), quick.put(&path, json!({"name": long}))]
        {
            assert_eq!(ok(answer)["name"].as_str().map(str::len), Some(60_000));
        }
        for path in ["/api/v1/rocks", "/api/v1/rocks?size=9&page=1", "/api/v1/rocks?q=n&size=8", &path] {
            let answer = quick.get(path);
            refused(&answer, 400, "answer-too-large", path);
            let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(["20000", "size", "fields", "include"].iter().all(|word| detail.contains(word)), "{detail}");
        }
        refused(&quick.post("/api/v1/rocks/search", json!({"size": 50})), 400, "answer-too-large", "a search");
        assert_eq!(ok(quick.get("/api/v1/rocks?size=3"))["items"].as_array().map(Vec::len), Some(3));
        assert_eq!(ok(quick.get("/api/v1/rocks/count"))["total"], 10);
        // Few bytes in the database, and many in the answer
        for _ in 0..6 {
            created(quick.post("/api/v1/pebbles", json!({"name": "p", "rockId": 2})));
        }
        ok(quick.get("/api/v1/pebbles?size=3&page=2"));
        refused(&quick.get("/api/v1/pebbles?include=rock"), 400, "answer-too-large", "one parent shown many times");
        refused(&quick.get("/api/v1/rocks/2?include=pebbles.rock"), 400, "answer-too-large", "the same from above");
        // The limit of answers does not apply to typed code
        let all = app.block_on(rock::Service::as_system(app.ctx()).list(Query::new().size(100))).expect("a list");
        assert_eq!(all.items.len(), 10);
    }
}

/// Each patch is small, but together they would make a large field: its size is limited like that of a body.
#[test]
fn patches_do_not_make_a_field_larger_than_a_body() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        for (settings, page) in [
            ([("BODY_LIMIT", "4096"), ("BODY_PARTS", "45000")], json!("x".repeat(900))),
            ([("BODY_LIMIT", "1048576"), ("BODY_PARTS", "400")], json!(vec![1; 90])),
        ] {
            let app = start(database, &settings);
            let quick = caller(&app, "quick");
            created(quick.post("/api/v1/ledgers", json!({"pages": {}})));
            let merge = |name: &str| {
                let headers = [("content-type", "application/merge-patch+json")];
                let body = json!({"pages": {name: page}}).to_string().into_bytes();
                quick.send("PATCH", "/api/v1/ledgers/1", &headers, Some(body))
            };
            for name in ["a", "b", "c", "d"] {
                assert_eq!(ok(merge(name))["pages"][name], page, "{database:?} {settings:?}");
            }
            refused(&merge("e"), 413, "payload-too-large", "one too many");
            let kept = ok(quick.get("/api/v1/ledgers/1"));
            assert_eq!(kept["pages"].as_object().map(|pages| pages.len()), Some(4), "nothing was changed");
            assert_eq!(ok(merge("d"))["pages"]["d"], page, "what is there already can be sent again");
        }
    }
}

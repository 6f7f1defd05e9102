//! Many requests at once: a client reads what it has written, and an answer that is missing is made by one query.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use resourceful::prelude::Uuid;
use resourceful::sea_orm::{ConnectionTrait, TransactionTrait};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use super::{keeping, resources, user};
use crate::support::{created, direct};

/// The number of pairs of a write and a read.
fn pairs() -> usize {
    std::env::var("CACHE_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

/// The names that a list shows.
fn names(caller: &Caller<'_>) -> Vec<Value> {
    let list = caller.get("/api/v1/cached-plans?size=50&count=none").json();
    list["items"].as_array().expect("a list").iter().map(|item| item["name"].clone()).collect()
}

/// Writes and reads in turn, while other clients read the same all the time.
#[test]
fn a_client_reads_what_it_has_written() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = keeping(database);
        let ada = app.as_user(user("ada", "one", &[]));
        let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "0"})));
        let path = format!("/api/v1/cached-plans/{}", plan["id"].as_str().expect("an id"));
        let token = app.issuer().token(&user("ada", "one", &[]));
        let stop = std::sync::atomic::AtomicBool::new(false);
        let (mut stale, begun) = (0, Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        super::raw_get(app.address(), &path, &token);
                        super::raw_get(app.address(), "/api/v1/cached-plans?size=50&count=none", &token);
                    }
                });
            }
            for round in 0..pairs() {
                let name = json!(format!("name {round}"));
                assert_eq!(ada.patch(&path, json!({"name": name})).status, 200);
                stale += usize::from(ada.get(&path).json()["name"] != name);
                stale += usize::from(!names(&ada).contains(&name));
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(stale, 0, "{database:?}: stale answers to {} reads in {:?}", 2 * pairs(), begun.elapsed());
    }
}

/// A table that nobody can read until the guard is dropped.
async fn locked(app: &TestApp, table: &str) -> resourceful::sea_orm::DatabaseTransaction {
    let lock = direct(app).await.begin().await.expect("a transaction");
    lock.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.expect("a lock");
    lock
}

/// Sends that many requests at once, while the table is locked for this long, and returns their answers.
fn at_once(app: &TestApp, count: usize, path: &str, held: Duration) -> Vec<String> {
    let token = app.issuer().token(&user("ada", "one", &[]));
    let lock = app.block_on(locked(app, "cached_plans"));
    let (address, path) = (app.address(), path.to_owned());
    let requests = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(futures_util::future::join_all((0..count).map(|_| async {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
            let head =
                format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("a request");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            answer
        })))
    });
    std::thread::sleep(held);
    app.block_on(lock.rollback()).expect("the lock is released");
    requests.join().expect("all are answered")
}

#[test]
fn a_stampede_is_one_query() {
    let app = keeping(TestDatabase::Postgres);
    let ada = app.as_user(user("ada", "one", &[]));
    let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "a"})));
    for path in
        ["/api/v1/cached-plans?count=none", &format!("/api/v1/cached-plans/{}", plan["id"].as_str().expect("an id"))]
    {
        // The answer is outdated now.
        app.block_on(app.ctx().changed::<super::Plan>());
        let before = app.ctx().statements();
        let answers = at_once(&app, 1000, path, Duration::from_millis(700));
        // The lock has its own statements.
        let queries = app.ctx().statements() - before - lock_statements(&app);
        assert!(
            answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200") && answer.contains("\"name\":\"a\"")),
            "{path}"
        );
        assert_eq!((answers.len(), queries), (1000, 1), "{path}");
    }
}

/// How many statements a lock counts for.
fn lock_statements(app: &TestApp) -> u64 {
    let before = app.ctx().statements();
    app.block_on(async { locked(app, "cached_topics").await.rollback().await }).expect("a lock");
    app.ctx().statements() - before
}

/// A proxy in front of Redis.
#[derive(Clone)]
struct Wire {
    port: u16,
    state: Arc<AtomicU8>,
}

/// Redis answers; it is stopped, as by SIGSTOP; it is dead.
const UP: u8 = 0;
const FROZEN: u8 = 1;
const DOWN: u8 = 2;

impl Wire {
    fn start() -> Self {
        let url = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL must name a Redis server");
        let server: SocketAddr =
            url.trim_start_matches("redis://").trim_end_matches('/').parse().expect("host and port");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let wire = Self { port: listener.local_addr().expect("an address").port(), state: Arc::default() };
        let accepting = wire.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.is(DOWN) {
                    continue;
                }
                let server = TcpStream::connect(server).expect("Redis listens");
                let (back, forth) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
                for (from, to) in [(client, server), (forth, back)] {
                    let wire = accepting.clone();
                    std::thread::spawn(move || wire.pass(from, to));
                }
            }
        });
        wire
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        from.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let mut part = [0; 16 * 1024];
        while !self.is(DOWN) {
            let count = match from.read(&mut part) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                    continue;
                }
                Err(_) => break,
            };
            while self.is(FROZEN) {
                std::thread::sleep(Duration::from_millis(5));
            }
            if self.is(DOWN) || to.write_all(&part[..count]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(std::net::Shutdown::Both), to.shutdown(std::net::Shutdown::Both));
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn is(&self, state: u8) -> bool {
        self.state.load(Ordering::SeqCst) == state
    }
}

/// Two processes with one database and one Redis, which no other test shares.
fn two_processes(database: TestDatabase, redis: &str) -> [TestApp; 2] {
    let namespace = Uuid::now_v7().to_string();
    let settings = [("REDIS_URL", redis), ("CACHE_NAMESPACE", namespace.as_str())];
    let one = TestApp::start_with(database, &settings, resources);
    let other = one.another_with(&settings, resources);
    [one, other]
}

/// How long another process may give old answers.
const BOUND: Duration = Duration::from_secs(2);

/// Reads until the name is this one; returns how long it took.
fn until_named(reader: &Caller<'_>, path: &str, name: &Value) -> Duration {
    let begun = Instant::now();
    loop {
        let answer = reader.get(path);
        assert_eq!(answer.status, 200, "{}", answer.text());
        if answer.json()["name"] == *name {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < BOUND, "{path} is still old after {BOUND:?}: {}", answer.text());
    }
}

#[test]
fn processes_tell_each_other_what_they_change() {
    let redis = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL must name a Redis server");
    let [one, other] = two_processes(TestDatabase::Postgres, &redis);
    let callers = [&one, &other].map(|app| app.as_user(user("ada", "one", &[])));
    let plan = created(callers[0].post("/api/v1/cached-plans", json!({"name": "a"})));
    let path = format!("/api/v1/cached-plans/{}", plan["id"].as_str().expect("an id"));
    let (mut late, mut longest) = (0, Duration::ZERO);
    for round in 0..pairs() {
        let (writer, reader) = (&callers[round % 2], &callers[(round + 1) % 2]);
        let name = json!(format!("round {round}"));
        assert_eq!(writer.patch(&path, json!({"name": name})).status, 200);
        assert_eq!(writer.get(&path).json()["name"], name, "the writer's process, round {round}");
        assert!(names(writer).contains(&name), "the list of the writer's process, round {round}");
        let waited = until_named(reader, &path, &name);
        late += usize::from(reader.get("/api/v1/cached-plans?size=50&count=none").json()["items"][0]["name"] != name);
        longest = longest.max(waited);
    }
    println!("{} pairs: the other process waited {longest:?} at most; {late} lists were late", pairs());
    // Both keep answers, and share them.
    let before = [&one, &other].map(|app| app.ctx().statements());
    for caller in &callers {
        assert_eq!(caller.get(&path).status, 200);
        assert_eq!(caller.get(&path).status, 200);
    }
    let after = [&one, &other].map(|app| app.ctx().statements());
    assert!(after[0] - before[0] <= 1 && after[1] - before[1] <= 1, "{before:?} {after:?}");
}

#[test]
fn redis_that_fails_makes_no_request_fail_and_no_answer_old() {
    let wire = Wire::start();
    let [one, other] = two_processes(TestDatabase::Postgres, &format!("redis://127.0.0.1:{}", wire.port));
    let [writer, reader] = [&one, &other].map(|app| app.as_user(user("ada", "one", &[])));
    let plan = created(writer.post("/api/v1/cached-plans", json!({"name": "a"})));
    let path = format!("/api/v1/cached-plans/{}", plan["id"].as_str().expect("an id"));
    for (round, fault) in [DOWN, FROZEN, DOWN].into_iter().enumerate() {
        assert_eq!((writer.get(&path).status, reader.get(&path).status), (200, 200));
        wire.set(fault);
        for step in 0..20 {
            let name = json!(format!("fault {round} step {step}"));
            let begun = Instant::now();
            assert_eq!(writer.patch(&path, json!({"name": name})).status, 200, "a write without Redis");
            assert_eq!(writer.get(&path).json()["name"], name, "the writer's process");
            assert_eq!(reader.get(&path).status, 200, "a read without Redis");
            assert!(begun.elapsed() < Duration::from_secs(5), "Redis delays requests: {:?}", begun.elapsed());
        }
        let last = json!(format!("fault {round} step 19"));
        wire.set(UP);
        let waited = until_named(&reader, &path, &last);
        println!("fault {fault}: the other process was up to date after {waited:?}");
        // From here on nothing is old again, whoever reads it from where.
        for _ in 0..100 {
            assert_eq!((&writer.get(&path).json()["name"], &reader.get(&path).json()["name"]), (&last, &last));
            std::thread::sleep(Duration::from_millis(15));
        }
        let name = json!(format!("after {round}"));
        assert_eq!(reader.patch(&path, json!({"name": name})).status, 200);
        until_named(&writer, &path, &name);
    }
}

//! Many requests at once: a client reads what it has written, and an answer that is missing is made by one query.

use std::time::{Duration, Instant};

use resourceful::sea_orm::{ConnectionTrait, TransactionTrait};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use super::{keeping, user};
use crate::support::created;

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
    let lock = app.ctx().db().begin().await.expect("a transaction");
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

//! `/health/ready`: pending migrations, and parts that the application can do without for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resourceful::mail::{Email, Prepared, Provider, Refused, SendError};
use resourceful::migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, execute_all,
};
use resourceful::sea_orm::ConnectionTrait;
use resourceful::serde_json::{Value, json};
use resourceful::storage::{
    About, Body, ByteStream, Entry, Key, Meta, Objects, Storage, StorageError, StorageProvider, object_store,
};
use resourceful::testing::{TestApp, TestDatabase};

use crate::cache_redis::server::Server;
use crate::support::refused;

/// Asks until the answer is this one. A result is kept for a second.
#[track_caller]
fn eventually(app: &TestApp, expected: &Value) {
    let begun = Instant::now();
    loop {
        let answer = app.anonymous().get("/health/ready");
        if (answer.status, &answer.json()) == (200, expected) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "not {expected}: {} {}", answer.status, answer.text());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn good() -> Value {
    json!({"status": "ok"})
}

fn degraded(part: &str) -> Value {
    json!({"status": "degraded", "degraded": [part]})
}

struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First)]
    }
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "m1_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, &["CREATE TABLE firsts (id integer PRIMARY KEY)"]).await
    }
}

#[test]
fn pending_migrations_make_a_server_not_ready() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.migrations::<Migrations>());
        let run = |sql: &str| app.block_on(app.ctx().db().execute_unprepared(sql)).expect("a statement");
        run("UPDATE seaql_migrations SET version = 'm0_other'");
        let answer = app.anonymous().get("/health/ready");
        refused(&answer, 503, "unavailable", "a pending migration");
        assert_eq!(answer.json()["detail"], "Migrations of the database are pending");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(!answer.text().contains("m1_first"), "no names: {}", answer.text());
        assert_eq!(app.anonymous().get("/health/live").status, 200);
        run("UPDATE seaql_migrations SET version = 'm1_first'");
        eventually(&app, &good());
    }
}

#[tokio::test]
async fn redis_is_degraded_while_it_is_away() {
    let mut redis = Server::start().await;
    let url = redis.url();
    let app = tokio::task::spawn_blocking(move || {
        TestApp::start_with(TestDatabase::Sqlite, &[("REDIS_URL", &url), ("CACHE_NAMESPACE", "health")], |app| app)
    });
    let app = Arc::new(app.await.expect("an application"));
    let expect = async |expected: Value| {
        let app = app.clone();
        tokio::task::spawn_blocking(move || eventually(&app, &expected)).await.expect("the answer");
    };
    expect(good()).await;
    redis.kill();
    expect(degraded("redis")).await;
    redis.restart().await;
    expect(good()).await;
    let app = Arc::into_inner(app).expect("nobody else has it");
    tokio::task::spawn_blocking(move || drop(app)).await.expect("it stops");
}

#[test]
fn keys_that_cannot_be_fetched_are_degraded() {
    // Nothing has this name (RFC 2606).
    let settings = [("AUTH0_DOMAIN", "tenant.invalid"), ("AUTH0_AUDIENCE", "https://api.example.com")];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app.resource::<crate::resources::Note>());
    eventually(&app, &good());
    let token = app.issuer().token(&crate::support::user("auth0|ada"));
    // The same token from the other issuer: its keys are needed before its signature can be checked.
    let parts: Vec<&str> = token.split('.').collect();
    let claims = json!({
        "iss": "https://tenant.invalid/", "aud": "https://api.example.com", "sub": "x", "iat": 1, "exp": 4_000_000_000_u64
    });
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let answer = app.with_token(format!("{}.{claims}.{}", parts[0], parts[2])).get("/api/v1/notes");
    refused(&answer, 503, "auth-keys-unavailable", "no keys");
    eventually(&app, &degraded("keys"));
    assert!(!app.anonymous().get("/health/ready").text().contains("tenant"), "no addresses");
}

/// What does not work while it is told so.
#[derive(Clone, Default)]
struct Broken(Arc<AtomicBool>);

impl Broken {
    fn set(&self, is_broken: bool) {
        self.0.store(is_broken, Ordering::SeqCst);
    }

    fn is_so(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

struct Post(Broken);

impl Provider for Post {
    fn name(&self) -> &str {
        "post"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        match self.0.is_so() {
            true => Err(SendError::unavailable("10.0.0.7:25 does not answer")),
            false if mail.recipients().iter().any(|to| to.starts_with("nobody@")) => {
                Err(SendError::temporary("450 try again later"))
            }
            false => Ok(Vec::new()),
        }
    }
}

#[test]
fn mail_is_degraded_while_it_cannot_be_sent() {
    let broken = Broken::default();
    let provider = Post(broken.clone());
    let app = TestApp::start(|app| app.mailer(provider).mail());
    let send = |to: &str| {
        let mail = Email::to(to).subject("Hello").text("Hello");
        let _ = app.block_on(app.ctx().mailer().send_now(&mail));
    };
    eventually(&app, &good());
    broken.set(true);
    send("ada@example.com");
    eventually(&app, &degraded("mail"));
    broken.set(false);
    // The server answers, so it works.
    send("nobody@example.com");
    eventually(&app, &good());
    broken.set(true);
    send("ada@example.com");
    eventually(&app, &degraded("mail"));
    broken.set(false);
    send("ada@example.com");
    eventually(&app, &good());
}

struct Shelf {
    inner: Objects,
    broken: Broken,
}

type Future<'a, T> = std::pin::Pin<Box<dyn std::future::Future<Output = Result<T, StorageError>> + Send + 'a>>;

impl Shelf {
    fn or_broken<'a, T: Send + 'a>(&self, work: Future<'a, T>) -> Future<'a, T> {
        match self.broken.is_so() {
            true => Box::pin(async { Err(StorageError::unavailable("10.0.0.8:9000 does not answer")) }),
            false => work,
        }
    }
}

impl StorageProvider for Shelf {
    fn put<'a>(&'a self, key: &'a Key, about: &'a About, body: Body) -> Future<'a, Option<String>> {
        self.or_broken(self.inner.put(key, about, body))
    }

    fn read<'a>(&'a self, key: &'a Key, range: Option<std::ops::Range<u64>>) -> Future<'a, (Meta, ByteStream)> {
        self.or_broken(self.inner.read(key, range))
    }

    fn head<'a>(&'a self, key: &'a Key) -> Future<'a, Meta> {
        self.or_broken(self.inner.head(key))
    }

    fn delete<'a>(&'a self, key: &'a Key) -> Future<'a, ()> {
        self.or_broken(self.inner.delete(key))
    }

    fn list<'a>(&'a self, folder: &'a str, after: Option<&'a Key>, limit: usize) -> Future<'a, Vec<Entry>> {
        self.or_broken(self.inner.list(folder, after, limit))
    }

    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> Future<'a, ()> {
        self.or_broken(self.inner.copy(from, to))
    }
}

#[test]
fn storage_is_degraded_while_it_cannot_be_used() {
    let broken = Broken::default();
    let shelf = Shelf { inner: Objects::new(object_store::memory::InMemory::new()), broken: broken.clone() };
    let app = TestApp::start(move |app| app.storage(Storage::new(shelf)));
    let key = Key::parse("a/b.txt").expect("a key");
    let look = || app.block_on(app.ctx().storage().exists(&key));
    eventually(&app, &good());
    broken.set(true);
    look().expect_err("the storage is away");
    eventually(&app, &degraded("storage"));
    broken.set(false);
    // That there is no such file is an answer.
    assert!(!look().expect("an answer"));
    eventually(&app, &good());
}

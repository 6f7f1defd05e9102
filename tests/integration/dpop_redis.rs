//! DPoP proofs with Redis: processes that share it accept each proof once.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use resourceful::auth::{AuthSettings, DpopKey, DpopMode, DpopRequest, DpopSettings, Verifier};
use resourceful::prelude::*;
use resourceful::redis::{Redis, cmd};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase, TestIssuer};

use crate::support::refused;

/// A resource to read.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Page {
    pub id: Uuid,
    pub text: String,
}

const URL: &str = "https://api.test/api/v1/pages";

fn redis_url() -> String {
    std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL must name a Redis server, such as redis://127.0.0.1:6379")
}

/// A process of the application.
fn process(redis: Option<&str>) -> Verifier {
    let dpop = DpopSettings { mode: DpopMode::Required, ..DpopSettings::default() };
    let builder = Verifier::builder(AuthSettings { dpop, ..AuthSettings::default() });
    let issuer = TestIssuer::new();
    let builder = builder.static_issuer(TestIssuer::ISSUER, TestIssuer::AUDIENCE, issuer.jwks());
    let builder = match redis {
        Some(url) => builder.share_proofs(Redis::new(url).expect("an address")),
        None => builder,
    };
    builder.build().expect("a verifier")
}

/// A client with its key and its token.
struct Client {
    key: DpopKey,
    token: String,
}

impl Client {
    fn new() -> Self {
        let key = DpopKey::generate().expect("a key");
        let token = TestIssuer::new().bound_token(&CurrentUser::new("auth0|ada"), &key);
        Self { key, token }
    }

    fn proof(&self) -> String {
        self.key.proof("GET", URL, &self.token).expect("a proof")
    }

    /// Whether a process accepts the proof.
    async fn shows(&self, verifier: &Verifier, proof: &str) -> bool {
        let request = DpopRequest {
            proofs: vec![proof.as_bytes()],
            method: "GET",
            https: true,
            hosts: vec![b"api.test"],
            path: "/api/v1/pages",
        };
        match verifier.verify_bound(&self.token, &request).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!((error.slug(), error.detail()), ("invalid-dpop-proof", "The DPoP proof was used before"));
                false
            }
        }
    }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn processes_that_share_accept_each_proof_once() {
    run(async {
        let (url, client) = (redis_url(), Client::new());
        let [one, other, alone] = [process(Some(&url)), process(Some(&url)), process(None)];
        let proof = client.proof();
        assert!(client.shows(&one, &proof).await, "the first use");
        assert!(!client.shows(&one, &proof).await, "in the same process");
        assert!(!client.shows(&other, &proof).await, "in another");
        assert!(client.shows(&alone, &proof).await, "one that shares nothing knows nothing");
        assert!(client.shows(&other, &client.proof()).await, "another proof of the key");
        let stranger = Client::new();
        assert!(stranger.shows(&other, &stranger.proof()).await, "another key");

        let processes = Arc::new([one, other, process(Some(&url)), process(Some(&url))]);
        let client = Arc::new(client);
        for _ in 0..50 {
            let proof = client.proof();
            let tries = (0..processes.len()).map(|place| {
                let (processes, client, proof) = (processes.clone(), client.clone(), proof.clone());
                tokio::spawn(async move { client.shows(&processes[place], &proof).await })
            });
            let accepted = futures_util::future::join_all(tries).await;
            let accepted = accepted.into_iter().filter(|accepted| *accepted.as_ref().expect("no panic")).count();
            assert_eq!(accepted, 1, "at once");
        }
    });
}

#[test]
fn entries_in_redis_expire() {
    run(async {
        let (url, client) = (redis_url(), Client::new());
        let redis = Redis::new(&url).expect("an address");
        let keys = async || {
            let keys: Vec<String> = redis.ask(cmd("KEYS").arg("resourceful:dpop:*")).await.expect("keys");
            keys.into_iter().collect::<std::collections::BTreeSet<_>>()
        };
        let before = keys().await;
        assert!(client.shows(&process(Some(&url)), &client.proof()).await);
        let after = keys().await;
        // Other tests write there at the same time.
        let new: Vec<&String> = after.difference(&before).collect();
        assert!(!new.is_empty(), "it is remembered");
        for key in new {
            let left: i64 = redis.ask(cmd("PTTL").arg(key)).await.expect("a time");
            // A minute, and twice the leeway of half a minute
            assert!((1..=120_000).contains(&left), "{key} stays {left} ms");
            assert!(key.len() < 64 && !key.contains("auth0"), "{key} must not reveal the user");
        }
    });
}

/// A server that is not Redis, or one that fails.
fn impostor(answer: Option<&'static [u8]>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = connections.clone();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().map_while(Result::ok) {
            seen.fetch_add(1, Ordering::SeqCst);
            match answer {
                // It reads everything and answers nothing.
                None => kept.push(stream),
                Some(answer) => {
                    std::thread::spawn(move || answer_all(stream, answer));
                }
            }
        }
    });
    (url, connections)
}

fn answer_all(mut stream: TcpStream, answer: &[u8]) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
        if stream.write_all(answer).is_err() {
            return;
        }
    }
}

#[test]
fn without_redis_each_process_still_accepts_a_proof_once() {
    run(async {
        let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let refused = (format!("redis://{closed}"), Arc::default());
        for (what, (url, connections)) in [
            ("no server listens", refused),
            ("it says nothing", impostor(None)),
            ("it speaks HTTP", impostor(Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"))),
            ("it cannot write", impostor(Some(b"-READONLY You can't write against a read only replica.\r\n"))),
            ("it is full", impostor(Some(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"))),
            ("it has moved", impostor(Some(b"-MOVED 3999 127.0.0.1:6381\r\n"))),
            ("it answers something else", impostor(Some(b":7\r\n"))),
        ] {
            let (verifier, client) = (process(Some(&url)), Client::new());
            for _ in 0..50 {
                let proof = client.proof();
                assert!(client.shows(&verifier, &proof).await, "{what}: the first use");
                assert!(!client.shows(&verifier, &proof).await, "{what}: the second");
            }
            let connections = connections.load(Ordering::SeqCst);
            assert!(connections < 25, "{what}: not every request tries, and {connections} did");
        }
    });
}

#[test]
fn sharing_resumes_when_redis_is_back() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let [one, other] = [0, 1].map(|_| process(Some(&format!("redis://{address}"))));
        let client = Client::new();
        let proof = client.proof();
        assert!(client.shows(&one, &proof).await && client.shows(&other, &proof).await, "each on its own");

        let server = redis_url();
        let server = server.trim_start_matches("redis://").split('/').next().expect("host and port").to_owned();
        let listener = tokio::net::TcpListener::bind(address).await.expect("the port again");
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = tokio::net::TcpStream::connect(&server).await.expect("the real server");
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        });
        let mut shared = false;
        for _ in 0..100 {
            let proof = client.proof();
            assert!(client.shows(&one, &proof).await, "never refused for it");
            shared = !client.shows(&other, &proof).await;
            if shared {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(shared, "they share again");
    });
}

#[test]
fn servers_share_what_they_have_seen() {
    let url = redis_url();
    let settings =
        [("AUTH0_DPOP", "required"), ("REDIS_URL", url.as_str()), ("AUTH0_DPOP_ORIGINS", "https://api.test")];
    let [one, other] =
        [0, 1].map(|_| TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app.resource::<Page>()));
    let key = DpopKey::generate().expect("a key");
    let token = one.issuer().bound_token(&CurrentUser::new("auth0|ada").with_permissions(["pages:read"]), &key);
    let authorization = format!("DPoP {token}");
    let proof = key.proof("GET", URL, &token).expect("a proof");
    let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
    let answer = one.anonymous().send("GET", "/api/v1/pages", &headers, None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["items"], json!([]));
    let answer = other.anonymous().send("GET", "/api/v1/pages", &headers, None);
    refused(&answer, 401, "invalid-dpop-proof", "the same proof at another server");
}

#[test]
fn an_invalid_redis_url_is_a_startup_error() {
    for (url, why) in [
        ("", "it has no `redis://`"),
        ("localhost", "it has no `redis://`"),
        ("secret@localhost:6379", "it has no `redis://`"),
        ("http://:secret@127.0.0.1", "it does not begin with `redis://`"),
        ("redis://:secret@127.0.0.1/many", "invalid database number"),
        ("redis://:sec#ret@127.0.0.1", "redis url did not parse"),
        ("redis://:secret@127.0.0.1/0?protocol=secret", "invalid protocol version"),
        ("redis://:secret@0.0.0.0", "cannot connect to a wildcard address (0.0.0.0 or ::)"),
    ] {
        let error = Redis::new(url).expect_err(url);
        assert!(error.starts_with(why), "{url}: {error}");
        assert!(
            error.contains("write redis://host:6379, redis://:password@host:6379/0, or rediss://"),
            "{url}: {error}"
        );
        assert!(!error.contains("secret"), "{url}: {error}");
    }
    // Without the feature `redis-tls` it is another error.
    assert!(Redis::new("rediss://").is_err());
    let settings = |name: &str| (name == "REDIS_URL").then(|| "http://:secret@127.0.0.1".to_owned());
    let error = resourceful::Settings::from_lookup(settings).expect_err("no Redis").message().to_owned();
    assert!(error.contains("REDIS_URL cannot be used"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    let debug = format!("{:?}", Redis::new("redis://:secret@127.0.0.1").expect("an address"));
    assert!(!debug.contains("secret"), "{debug}");
}

//! Reads on replicas: callers see their own writes, whatever a replica has replayed, and a replica that fails costs nothing.
//!
//! `REPLICA_PAIRS` is the number of writes that are followed by a read (400 by default).

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use resourceful::sea_orm::{ConnectionTrait, DatabaseConnection};
use resourceful::serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Answer, Random, block_on, connect, number, pause};
use crate::postgres::OwnServer;
use crate::redis_server::RedisServer;
use crate::startup::Program;

/// The clients that write and read, at the same time.
const CLIENTS: usize = 8;

/// Sends a request for one of the clients, who have no token and are told apart by their address.
async fn send(to: SocketAddr, request: &str, client: usize, more: &str, body: &str) -> std::io::Result<Answer> {
    let (path, length) = (request.replace(' ', " /api/v1/"), body.len());
    let head = format!(
        "{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 10.0.{}.{}\r\n{more}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
        client / 256,
        client % 256,
    );
    let exchange = async {
        let mut stream = TcpStream::connect(to).await?;
        stream.write_all((head + body).as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>(text)
    };
    let text = tokio::time::timeout(Duration::from_secs(30), exchange).await.map_err(std::io::Error::other)??;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| std::io::Error::other("no answer"))?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn json(&self) -> Value {
        resourceful::serde_json::from_str(&self.body).expect("JSON")
    }
}

/// Two processes of the application, on a primary and its replicas.
struct Application {
    processes: Vec<Program>,
}

impl Application {
    async fn start(primary: &OwnServer, replicas: &str, more: &[(&str, &str)]) -> Self {
        let common = [
            ("ENVIRONMENT", "development"),
            ("LOG_LEVEL", "warn"),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("SECRET_KEY", "the same secret for both of the processes"),
            ("DATABASE_READ_URL", replicas),
            ("DATABASE_MAX_CONNECTIONS", "6"),
        ];
        let settings = [&common[..], more].concat();
        let url = primary.url();
        let processes =
            vec![Program::start_with("serve", &url, &settings), Program::start_with("serve", &url, &settings)];
        for process in &processes {
            process.listens().await;
        }
        Self { processes }
    }

    fn address(&self, number: usize) -> SocketAddr {
        self.processes[number % self.processes.len()].address
    }

    /// The sum of a metric over the processes.
    async fn sum(&self, metric: &str) -> f64 {
        let pages = self.processes.iter().map(|process| crate::harness::get(process.address, "/metrics"));
        let pages = join_all(pages).await.into_iter().map(|page| page.expect("metrics").body);
        let value = |page: String| page.lines().find_map(|line| line.strip_prefix(metric)?.trim().parse::<f64>().ok());
        pages.map(|page| value(page).unwrap_or(0.0)).sum()
    }

    /// How many reads were answered by this.
    async fn reads(&self, answered: &str) -> f64 {
        self.sum(&format!("resourceful_replica_reads_total{{answered=\"{answered}\"}}")).await
    }

    /// Waits until each process uses this replica, or does not.
    async fn uses(&self, replica: &OwnServer, is_used: bool) {
        let metric = format!("resourceful_replica_used{{replica=\"127.0.0.1:{}\"}}", replica.port());
        let wanted = if is_used { self.processes.len() as f64 } else { 0.0 };
        let begun = Instant::now();
        while self.sum(&metric).await != wanted {
            let said: String = self.processes.iter().map(Program::said).collect();
            assert!(begun.elapsed() < Duration::from_secs(60), "the replica is used: {}\n{said}", !is_used);
            pause(50).await;
        }
    }

    /// Waits until the server is ready without its replicas. What it says there is a second old.
    async fn is_degraded(&self) {
        let begun = Instant::now();
        loop {
            let answer = crate::harness::get(self.address(0), "/health/ready").await.expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.body);
            if answer.body.contains("replicas") {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", answer.body);
            pause(100).await;
        }
    }
}

/// What clients saw.
#[derive(Debug, Default)]
struct Seen {
    pairs: AtomicUsize,
    stale: AtomicUsize,
    failed: AtomicUsize,
}

impl Seen {
    /// Notes what a read after a write has found.
    fn note(&self, answer: std::io::Result<Answer>, is_as_written: impl FnOnce(&Answer) -> bool) {
        self.pairs.fetch_add(1, Ordering::Relaxed);
        match answer {
            Ok(answer) if answer.status >= 500 => {
                println!("{} {}", answer.head, answer.body);
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
            Ok(answer) if is_as_written(&answer) => {}
            Ok(_) => _ = self.stale.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                println!("{error}");
                self.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Writes a row in every way, each time in any process, and reads it after each write in any process.
async fn write_and_read(application: &Application, client: usize, seen: &Seen, pairs: usize) {
    let mut random = Random::new(client as u64);
    let mut round = 0;
    while seen.pairs.load(Ordering::Relaxed) < pairs {
        round += 1;
        let table = if round % 2 == 0 { "notes" } else { "sheets" };
        let mut any = || application.address(random.below(2) as usize);
        let unique = client * 1_000_000 + round * 10;
        let created = send(any(), &format!("POST {table}"), client, "", &format!("{{\"number\":{unique}}}")).await;
        let created = created.expect("an answer");
        assert_eq!(created.status, 201, "{}", created.body);
        let id = created.json()["id"].as_str().expect("an id").to_owned();
        let row = format!("{table}/{id}");
        seen.note(send(any(), &format!("GET {row}"), client, "", "").await, |answer| answer.status == 200);

        let body = format!("{{\"number\":{}}}", unique + 1);
        let patched = send(any(), &format!("PATCH {row}"), client, "", &body).await.expect("an answer");
        assert_eq!(patched.status, 200, "{}", patched.body);
        let read = send(any(), &format!("GET {row}"), client, "", "").await;
        seen.note(read, |answer| answer.json()["number"] == unique + 1);

        let body = format!("{{\"number\":{}}}", unique + 2);
        send(any(), &format!("PATCH {row}"), client, "", &body).await.expect("an answer");
        let list = format!("GET {table}?number={}", unique + 2);
        seen.note(send(any(), &list, client, "", "").await, |answer| answer.json()["total"] == 1);

        let deleted = send(any(), &format!("DELETE {row}"), client, "", "").await.expect("an answer");
        assert_eq!(deleted.status, 204, "{}", deleted.body);
        seen.note(send(any(), &format!("GET {row}"), client, "", "").await, |answer| answer.status == 404);
    }
}

/// Reads as somebody who never writes.
async fn only_read(application: &Application, client: usize, seen: &Seen, pairs: usize) {
    let mut number = client;
    while seen.pairs.load(Ordering::Relaxed) < pairs {
        number += 1;
        let answer = send(application.address(number), "GET notes/count", client, "", "").await;
        assert_eq!(answer.expect("an answer").status, 200);
    }
}

/// Pauses and continues the replay of a replica at random, until it is told to stop.
async fn disturb(replica: &DatabaseConnection, is_over: &AtomicBool) {
    let mut random = Random::new(1);
    while !is_over.load(Ordering::Relaxed) {
        for word in ["pause", "resume"] {
            replica.execute_unprepared(&format!("SELECT pg_wal_replay_{word}()")).await.expect("it can be asked");
            pause(random.below(300)).await;
        }
    }
}

async fn pairs(application: &Application, lagging: Option<&DatabaseConnection>, pairs: usize) -> Seen {
    let (seen, is_over) = (Seen::default(), AtomicBool::new(false));
    let clients = async {
        let writers = (0..CLIENTS).map(|client| write_and_read(application, client, &seen, pairs));
        let readers = (0..2).map(|client| only_read(application, 1_000 + client, &seen, pairs));
        join(join_all(writers), join_all(readers)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    match lagging {
        Some(replica) => _ = join(clients, disturb(replica, &is_over)).await,
        None => clients.await,
    }
    seen
}

fn number_of_pairs() -> usize {
    std::env::var("REPLICA_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

#[test]
fn callers_see_their_own_writes_and_replicas_that_fail_cost_nothing() {
    block_on(async {
        let Some(primary) = OwnServer::start().await else {
            println!(
                "NOT RUN: this test starts a PostgreSQL server and its replicas, and none is installed on this machine"
            );
            return;
        };
        let mut good = primary.replica().await;
        let lagging = primary.replica().await;
        let mut redis = RedisServer::start().await;
        // The first was never there.
        let urls = format!("postgres://postgres@127.0.0.1:1/postgres,{} {}", good.url(), lagging.url());
        let application =
            Application::start(&primary, &urls, &[("REDIS_URL", &redis.url()), ("REPLICA_MAX_LAG", "2")]).await;
        application.uses(&good, true).await;
        application.uses(&lagging, true).await;
        // Redis runs long enough to know all that a replica may not have.
        let begun = Instant::now();
        while application.reads("replica").await == 0.0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "no replica answers");
            send(application.address(0), "GET notes/count", 1_002, "", "").await.expect("an answer");
            send(application.address(1), "GET notes/count", 1_002, "", "").await.expect("an answer");
            pause(50).await;
        }
        application.is_degraded().await;

        let control = connect(&lagging.url()).await;
        let begun = Instant::now();
        let seen = pairs(&application, Some(&control), number_of_pairs()).await;
        let (replica, behind) = (application.reads("replica").await, application.reads("behind").await);
        println!(
            "{seen:?} in {:?}: {replica} reads by replicas, {behind} by the primary because of a write, {} and {} because no replica \
             was used or it failed",
            begun.elapsed(),
            application.reads("unavailable").await,
            application.reads("failed").await
        );
        assert_eq!((seen.stale.into_inner(), seen.failed.into_inner()), (0, 0));
        assert!(replica > 0.0 && behind > 0.0, "both answer: {replica} and {behind}");

        // Redis ends, and starts again without what it knew, while requests come.
        let few = number_of_pairs().min(200);
        let outage = async {
            for _ in 0..3 {
                pause(100).await;
                redis.kill();
                pause(200).await;
                redis.restart().await;
            }
        };
        let (seen, ()) = join(pairs(&application, Some(&control), few), outage).await;
        println!("{seen:?} while Redis fails");
        assert_eq!((seen.stale.into_inner(), seen.failed.into_inner()), (0, 0));

        // One is killed, and the other does not respond, while requests come.
        let outage = async {
            pause(50).await;
            good.kill();
            lagging.freeze(true);
        };
        let (seen, ()) = join(pairs(&application, None, few), outage).await;
        println!("{seen:?} while replicas fail");
        assert_eq!((seen.stale.into_inner(), seen.failed.into_inner()), (0, 0));
        application.uses(&good, false).await;
        application.uses(&lagging, false).await;
        application.is_degraded().await;

        // They come back.
        lagging.freeze(false);
        good.restart().await;
        application.uses(&good, true).await;
        application.uses(&lagging, true).await;
        // One is promoted: it is another primary now.
        connect(&good.url()).await.execute_unprepared("SELECT pg_promote()").await.expect("it is promoted");
        application.uses(&good, false).await;
        let seen = pairs(&application, None, few).await;
        assert_eq!((seen.stale.into_inner(), seen.failed.into_inner()), (0, 0));
        let said: String = application.processes.iter().map(Program::said).collect();
        assert!(said.contains("promoted"), "{said}");
        let warnings = said.matches("the replica is not used").count();
        assert!(warnings < 40, "{warnings} warnings: {said}");
    });
}

/// A token of a user, from the development issuer of this folder.
fn token(folder: &str, user: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_fault-server"))
        .args(["token", "--sub", user])
        .env("ENVIRONMENT", "development")
        .env("DATA_FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It ends when its input is closed.
    let input = program.stdin.take();
    let issued = program.wait_with_output().expect("the program runs");
    drop(input);
    let token = String::from_utf8(issued.stdout).expect("text").trim().to_owned();
    assert!(!token.is_empty(), "{}", String::from_utf8_lossy(&issued.stderr));
    format!("Authorization: Bearer {token}\r\n")
}

/// While a replica is behind for good, who reads what has been written?
#[test]
fn a_write_is_seen_by_its_caller_and_by_who_sends_its_field() {
    block_on(async {
        let Some(primary) = OwnServer::start().await else {
            println!(
                "NOT RUN: this test starts a PostgreSQL server and its replica, and none is installed on this machine"
            );
            return;
        };
        let replica = primary.replica().await;
        let folder = std::env::temp_dir().join(format!("resourceful-fault-replicas-{}", primary.port()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let folder = folder.to_str().expect("a text");
        // Without Redis the processes know nothing of each other.
        let more = [("DATA_FOLDER", folder), ("REPLICA_MAX_LAG", "3600")];
        let application = Application::start(&primary, &replica.url(), &more).await;
        let (writing, other) = (application.address(0), application.address(1));
        let (ada, bob) = (token(folder, "ada"), token(folder, "bob"));
        let create = async |table: &str| {
            let created = send(writing, &format!("POST {table}"), 9, "", "{\"number\":1}").await.expect("an answer");
            format!("{table}/{}", created.json()["id"].as_str().expect("an id"))
        };
        let (note, poster) = (create("notes").await, create("posters").await);
        let control = connect(&replica.url()).await;
        let begun = Instant::now();
        while number(&control, "SELECT COUNT(*) FROM posters").await != 1 {
            assert!(begun.elapsed() < Duration::from_secs(30), "nothing is replicated");
            pause(20).await;
        }
        application.uses(&replica, true).await;
        control.execute_unprepared("SELECT pg_wal_replay_pause()").await.expect("it is paused");
        let patch = async |row: &str, client: usize, more: &str| {
            let answer =
                send(writing, &format!("PATCH {row}"), client, more, "{\"number\":2}").await.expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer
        };
        // In the same network, so only their tokens tell the users apart.
        let changed = patch(&note, 5, &ada).await;
        // The harness reads heads in lower case.
        let field = send(writing, "PATCH notes/none", 1, "", "{}").await.expect("an answer");
        assert_eq!(field.field("read-after-write"), None, "nothing was written: {}", field.head);
        assert!(changed.field("read-after-write").is_some_and(|value| value.len() > 40), "{}", changed.head);
        let field = original(writing, &note, &ada).await;
        let garbled = "Read-After-Write: what is this\r\n".to_owned();
        let cases = [
            ("the caller, where they wrote", writing, 5, ada.clone(), 2),
            ("the caller from another address", writing, 6, ada.clone(), 2),
            ("another user at the same address", writing, 5, bob.clone(), 1),
            ("nobody at the same address", writing, 5, String::new(), 1),
            ("the caller, in a process that knows nothing", other, 5, ada.clone(), 1),
            ("the same with the field", other, 5, format!("{ada}{field}"), 2),
            ("another user with the field", other, 7, format!("{bob}{field}"), 2),
            ("nobody with the field", other, 7, field.clone(), 2),
            ("a field that nobody has made", other, 7, garbled.clone(), 2),
            ("two fields", other, 7, format!("{field}{field}"), 2),
        ];
        let mut wrong = Vec::new();
        for (who, at, client, more, expected) in cases {
            let answer = send(at, &format!("GET {note}"), client, &more, "").await.expect("an answer");
            if answer.status != 200 || answer.json()["number"] != expected {
                wrong.push(format!("{who}: {} {}", answer.status, answer.body));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        // A tag of the old state is still good where the old state is shown, and not for the caller.
        let old = send(other, &format!("GET {note}"), 8, "", "").await.expect("an answer");
        let tag = format!("If-None-Match: {}\r\n", old.field("etag").expect("a tag"));
        let statuses = [
            send(other, &format!("GET {note}"), 8, &tag, "").await.expect("an answer").status,
            send(writing, &format!("GET {note}"), 5, &format!("{ada}{tag}"), "").await.expect("an answer").status,
        ];
        assert_eq!(statuses, [304, 200]);
        // A client who was shown the old state cannot write over the new one.
        let condition = format!("If-Match: {}\r\n", old.field("etag").expect("a tag"));
        let lost = send(other, &format!("PATCH {note}"), 8, &condition, "{\"number\":3}").await.expect("an answer");
        assert_eq!(lost.status, 412, "{}", lost.body);
        // Kept answers are made from the primary: everyone who gets one sees the write.
        patch(&poster, 5, &ada).await;
        for client in 5..8 {
            let answer = send(writing, &format!("GET {poster}"), client, "", "").await.expect("an answer");
            assert_eq!(answer.json()["number"], 2, "client {client}");
        }
        assert!(application.reads("cached").await > 0.0);
        // What is not there yet is not found, except by who has made it.
        let row = create("notes").await;
        let read = format!("GET {row}");
        let found = [9, 10].map(|client| send(writing, &read, client, "", ""));
        let found: Vec<u16> =
            join_all(found).await.into_iter().map(|answer| answer.expect("an answer").status).collect();
        assert_eq!(found, [200, 404]);
        control.execute_unprepared("SELECT pg_wal_replay_resume()").await.expect("it continues");
        let _ = std::fs::remove_dir_all(folder);
    });
}

/// The field of a write as it was sent.
async fn original(to: SocketAddr, row: &str, who: &str) -> String {
    let mut stream = TcpStream::connect(to).await.expect("a connection");
    let body = "{\"number\":2}";
    let head = format!(
        "PATCH /api/v1/{row} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{who}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).await.expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let line = text.lines().find(|line| line.to_lowercase().starts_with("read-after-write: "));
    format!("{}\r\n", line.expect("the field"))
}

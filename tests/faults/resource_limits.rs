//! Memory, time and connections of a server process, under requests that use as much as they can.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use resourceful::sea_orm::ConnectionTrait;

use crate::harness::{Postgres, block_on, connect};

const MIB: usize = 1024 * 1024;

/// The server in a separate process.
pub(crate) struct Server {
    child: Child,
    _stdin: ChildStdin,
    pub(crate) address: SocketAddr,
    folder: std::path::PathBuf,
}

impl Server {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_limited-server")), settings)
    }

    /// The same with so many file descriptors at most.
    pub(crate) fn start_with_descriptors(most: usize, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={most}")).arg(env!("CARGO_BIN_EXE_limited-server"));
        Self::start_by(command, settings)
    }

    fn start_by(mut command: Command, settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "resourceful_limits_{}_{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut child = command
            .current_dir(&folder)
            .env("ENVIRONMENT", "test")
            .env("PORT", "0")
            .env("HOST", "127.0.0.1")
            .env("WORKERS", "2")
            .env("LOG_LEVEL", "off")
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next().expect("the server says where it is").expect("a line");
            if let Some((_, rest)) = line.split_once("http://localhost:") {
                break rest.split('/').next().and_then(|port| port.parse().ok()).expect("a port");
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _stdin: stdin, address: SocketAddr::from(([127, 0, 0, 1], port)), folder }
    }

    /// The path of a database of this name, next to the server's files.
    fn sqlite(&self) -> String {
        format!("sqlite://{}", self.folder.join("data/app.db").display())
    }

    pub(crate) fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        let kib: usize =
            line.trim_matches([':', '\t', ' ']).split(' ').next().and_then(|kib| kib.parse().ok()).expect("KiB");
        kib * 1024
    }

    /// The measurement of the peak starts again.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("a process of this user");
    }

    /// The files, sockets and other things that it has open.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the server runs").count()
    }

    /// How long it has used a processor.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the server runs");
        let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks")).sum();
        // 100 in a second, on every Linux
        Duration::from_millis(ticks * 10)
    }

    fn memory(&self) -> usize {
        self.status("VmRSS")
    }

    /// The most memory since the last call.
    fn peak(&self) -> usize {
        let peak = self.status("VmHWM");
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("the peak is forgotten");
        peak
    }

    /// The open connections of clients.
    fn connections(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the server runs");
        let links = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
    }

    fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a request");
        stream
    }

    /// Status and body.
    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut answer = Vec::new();
        self.ask(path).read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
        let status = std::str::from_utf8(&answer[9..12]).ok().and_then(|status| status.parse().ok()).expect("a status");
        (status, answer.split_off(end + 4))
    }

    /// The same from many clients at once, with short bodies.
    fn get_many(&self, path: &str, clients: usize) -> Vec<(u16, usize)> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..clients).map(|_| scope.spawn(|| self.get(path))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .map(|(status, body)| (status, body.len()))
                .collect()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Rows of a million characters, each with small ones that belong to it.
async fn fill(url: &str, rows: usize, text: (&str, &str), chapters: usize) {
    let db = connect(url).await;
    let text = if url.starts_with("sqlite") { text.0 } else { text.1 };
    let numbers = |count: usize| {
        format!("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})")
    };
    let volumes = format!("{} INSERT INTO volumes (text) SELECT {text} FROM numbers", numbers(rows));
    // PostgreSQL has WITH in front of INSERT, too.
    db.execute_unprepared(&volumes).await.expect("rows");
    if chapters > 0 {
        let chapters =
            format!("{} INSERT INTO chapters (volume_id) SELECT id FROM volumes, numbers", numbers(chapters));
        db.execute_unprepared(&chapters).await.expect("rows");
    }
    db.close().await.expect("closed");
}

const MILLION: (&str, &str) = ("replace(hex(zeroblob(500000)), '0', 'a')", "repeat('a', 1000000)");

fn on_both(settings: &[(&str, &str)], rows: usize, chapters: usize, test: impl Fn(&Server)) {
    let server = Server::start(&[settings, &[("DATABASE_URL", "sqlite://data/app.db?mode=rwc")]].concat());
    block_on(fill(&server.sqlite(), rows, MILLION, chapters));
    println!("on SQLite");
    test(&server);
    drop(server);
    let postgres = block_on(Postgres::new());
    let server = Server::start(&[settings, &[("DATABASE_URL", &postgres.url())]].concat());
    block_on(fill(&postgres.url(), rows, MILLION, chapters));
    println!("on PostgreSQL");
    test(&server);
    drop(server);
    block_on(postgres.remove());
}

#[test]
fn answers_use_limited_memory() {
    on_both(&[], 20, 100, |server| {
        assert_eq!(server.get("/api/v1/volumes?size=1").0, 200);
        let idle = server.memory();
        server.peak();
        for (path, clients, expected) in [
            ("/api/v1/volumes?size=20&include=chapters.volume", 1, 400),
            ("/api/v1/volumes?size=20&include=chapters.volume", 2, 400),
            ("/api/v1/volumes?size=2&include=chapters.volume", 2, 400),
            ("/api/v1/chapters?size=100&include=volume", 2, 400),
            ("/api/v1/volumes/1?include=chapters.volume", 2, 400),
            ("/api/v1/volumes?size=20", 2, 400),
            ("/api/v1/volumes?size=8", 2, 200),
            ("/api/v1/chapters?size=8&include=volume", 2, 200),
        ] {
            let before = server.memory();
            let answers = server.get_many(path, clients);
            let peak = server.peak();
            let (step, over) = (peak.saturating_sub(before) / MIB, peak.saturating_sub(idle) / MIB);
            println!("{clients} x {path}: {answers:?}, {step} MiB, {over} MiB over {} MiB", idle / MIB);
            assert!(answers.iter().all(|(status, _)| *status == expected), "{path}: {answers:?}");
            // The memory that the allocator keeps from earlier requests is added.
            assert!(step < 64 && over < 96, "{path}: {step} MiB, {over} MiB over idle");
        }
        // Many requests at once wait for each other.
        for path in ["/api/v1/volumes?size=20&include=chapters.volume", "/api/v1/volumes?size=8"] {
            let answers = server.get_many(path, 12);
            let over = server.peak().saturating_sub(idle) / MIB;
            println!("12 x {path}: {over} MiB over {} MiB", idle / MIB);
            assert!(answers.iter().all(|(status, _)| [200, 400, 503].contains(status)), "{path}: {answers:?}");
            assert!(over < 192, "{path}: {over} MiB");
        }
        assert_eq!(server.get("/health/live").0, 200);
    });
}

#[test]
fn searches_of_long_texts_end_in_time() {
    on_both(&[("STATEMENT_TIMEOUT", "20")], 30, 0, |server| {
        let word = format!("{}b", "a".repeat(190));
        let longest = ["q=", "text[icontains]=", "text[endsWith]=", "text[contains]="].map(|kind| {
            let begun = Instant::now();
            let (status, body) = server.get(&format!("/api/v1/volumes?fields=id&{kind}{word}"));
            assert_eq!(status, 200, "{kind}: {}", String::from_utf8_lossy(&body));
            println!("{kind} {:?}", begun.elapsed());
            begun.elapsed()
        });
        // A twentieth of what it took when the search started again at each position, on any machine that the tests run on.
        assert!(longest.iter().all(|time| time.as_secs() < 10), "{longest:?}");
        for _ in 0..25 {
            drop(server.ask(&format!("/api/v1/volumes?fields=id&q={word}")));
        }
        let begun = Instant::now();
        assert_eq!(server.get("/api/v1/chapters").0, 200);
        println!("another request beside 25 clients that are gone: {:?}", begun.elapsed());
    });
}

#[test]
fn clients_that_do_not_read_are_disconnected() {
    let settings = [("ANSWER_TIMEOUT", "1"), ("DATABASE_URL", "sqlite://data/app.db?mode=rwc")];
    let server = Server::start(&settings);
    block_on(fill(&server.sqlite(), 11, MILLION, 0));
    assert_eq!(server.get("/api/v1/volumes?size=11").1.len() / 1_000_000, 11);
    let (idle, connections) = (server.memory(), server.connections());
    let path = "/api/v1/volumes?size=11";
    let clients: Vec<TcpStream> = (0..8).map(|_| server.ask(path)).collect();
    let slow = server.ask(path);
    let reading = std::thread::spawn(move || {
        // A little at a time: never idle for long, but too slow.
        let (mut slow, mut part, mut read) = (slow, vec![0; 16 * 1024], 0);
        while let Ok(count @ 1..) = slow.read(&mut part) {
            read += count;
            std::thread::sleep(Duration::from_millis(100));
        }
        read
    });
    let begun = Instant::now();
    let mut most = 0;
    while server.connections() < connections + 9 && begun.elapsed().as_secs() < 10 {
        most = most.max(server.memory());
    }
    while server.connections() > connections {
        most = most.max(server.memory());
        assert!(begun.elapsed().as_secs() < 60, "{} connections are still held", server.connections() - connections);
    }
    println!(
        "idle {} MiB, most {} MiB, after {:?} {} MiB",
        idle / MIB,
        most / MIB,
        begun.elapsed(),
        server.memory() / MIB
    );
    assert!(server.memory() < idle + 64 * MIB, "{} MiB", server.memory() / MIB);
    for mut client in clients {
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        assert!(answer.len() < 11_000_000, "an answer that the client did not read was sent completely");
    }
    assert!(reading.join().expect("no panic") < 11_000_000, "an answer that was read too slowly was sent whole");
    assert_eq!(server.get(path).0, 200, "there is memory for others");
}

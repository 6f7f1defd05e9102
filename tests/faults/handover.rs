//! A new process takes over from an old one, again and again, while clients send requests: none fails.
//!
//! `HANDOVER_REQUESTS` is the number of requests that each test sends at least (1,500 by default).

use std::fs::File;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::{Postgres, block_on, connect, get, pause, text, texts};
use crate::shutdown::answer_head;
use crate::startup::{Program, free_address};

/// Half of the clients keep their connections open.
const CLIENTS: usize = 12;

/// How long a client waits for a connection and for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What clients saw.
#[derive(Default)]
struct Seen {
    sent: AtomicUsize,
    stored: AtomicUsize,
    /// Answers that closed a connection that its client wanted to keep.
    closed: AtomicUsize,
    /// The longest time of a request, in milliseconds, with its connection.
    longest: AtomicUsize,
    failures: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

/// Sends one request after the other. An answer may close the connection; nothing else may.
async fn client(address: SocketAddr, number: usize, seen: Arc<Seen>) {
    let keeps = number.is_multiple_of(2);
    let mut connection: Option<TcpStream> = None;
    for request in 0.. {
        if seen.is_over.load(Ordering::Relaxed) {
            return;
        }
        let begun = Instant::now();
        let kept = connection.take();
        let was_kept = kept.is_some();
        let done = tokio::time::timeout(PATIENCE, exchange(address, kept, keeps, number, request)).await;
        let done = done.unwrap_or_else(|_| Err("it takes too long".to_owned()));
        seen.sent.fetch_add(1, Ordering::Relaxed);
        let time = begun.elapsed().as_millis();
        seen.longest.fetch_max(usize::try_from(time).unwrap_or(usize::MAX), Ordering::Relaxed);
        match done {
            Ok((stream, head)) => {
                if head.starts_with("http/1.1 201 ") {
                    seen.stored.fetch_add(1, Ordering::Relaxed);
                }
                if !head.contains("\r\nconnection: close\r\n") {
                    connection = Some(stream);
                } else if keeps {
                    seen.closed.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(why) => {
                let kind = if was_kept { "kept" } else { "new" };
                let why = format!("request {request} of client {number}, {kind} connection, {time} ms: {why}");
                seen.failures.lock().expect("a list").push(why);
            }
        }
        pause(4).await;
    }
}

/// One request and its answer, whose head it returns.
async fn exchange(
    address: SocketAddr,
    kept: Option<TcpStream>,
    keeps: bool,
    number: usize,
    request: usize,
) -> Result<(TcpStream, String), String> {
    let mut stream = match kept {
        Some(stream) => stream,
        None => TcpStream::connect(address).await.map_err(|error| format!("no connection: {error}"))?,
    };
    let close = if keeps { "" } else { "Connection: close\r\n" };
    let (message, status) = match request % 3 {
        0 => {
            let body = text(&format!("{number}-{request}"));
            let length = body.len();
            let head = format!(
                "POST /api/v1/marks HTTP/1.1\r\nHost: x\r\n{close}Content-Type: application/json\r\nContent-Length: {length}"
            );
            (format!("{head}\r\n\r\n{body}"), "201")
        }
        1 => (format!("GET /api/v1/slow/{} HTTP/1.1\r\nHost: x\r\n{close}\r\n", request % 30), "200"),
        // Also while one of the processes ends: what asks it asks the address.
        _ => (format!("GET /health/ready HTTP/1.1\r\nHost: x\r\n{close}\r\n"), "200"),
    };
    stream.write_all(message.as_bytes()).await.map_err(|error| format!("the request is not taken: {error}"))?;
    let head = answer_head(&mut stream).await?;
    if head.starts_with(&format!("http/1.1 {status} ")) { Ok((stream, head)) } else { Err(head) }
}

/// How processes take over from each other.
struct Way {
    /// The socket that is passed to each process; without it they share the port.
    socket: Option<TcpListener>,
    address: SocketAddr,
    /// The next process begins before the one before it ends.
    beside: bool,
    database: String,
}

impl Way {
    /// The next process, once it has told that it is ready.
    async fn next(&self) -> Program {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("notify");
        let told = UnixDatagram::bind(&place).expect("a socket");
        told.set_nonblocking(true).expect("not blocking");
        let place = place.to_str().expect("UTF-8").to_owned();
        let settings = [("SHUTDOWN_DELAY", "2"), ("WORKERS", "2"), ("NOTIFY_SOCKET", &*place)];
        let program = match &self.socket {
            Some(socket) => {
                let socket = OwnedFd::from(socket.try_clone().expect("a descriptor"));
                start_with_sockets(self.address, "3>&1", socket, 1, &self.database, &settings)
            }
            None => {
                let settings: Vec<_> = settings.into_iter().chain([("REUSE_PORT", "true")]).collect();
                let binary = Command::new(env!("CARGO_BIN_EXE_fault-server"));
                Program::start_at(self.address, binary, Stdio::null(), "serve", &self.database, &settings)
            }
        };
        let begun = Instant::now();
        let mut message = [0; 64];
        while told.recv(&mut message).ok().is_none_or(|length| &message[..length] != b"READY=1") {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not get ready: {}", program.said());
            pause(5).await;
        }
        program
    }
}

/// Starts the program as a service manager does that passes sockets: `redirection` makes them of standard output.
fn start_with_sockets(
    address: SocketAddr,
    redirection: &str,
    stdout: impl Into<Stdio>,
    count: usize,
    database: &str,
    settings: &[(&str, &str)],
) -> Program {
    let mut shell = Command::new("sh");
    let script = format!("LISTEN_FDS={count} LISTEN_PID=$$ exec \"$0\" \"$@\" {redirection} 1>/dev/null");
    shell.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_fault-server"));
    Program::start_at(address, shell, stdout.into(), "serve", database, settings)
}

/// Replaces processes until enough requests were sent.
async fn replace(way: &Way) {
    let wanted = std::env::var("HANDOVER_REQUESTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    let mut program = way.next().await;
    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(client(way.address, number, seen.clone()))).collect();
    let mut replaced = 0;
    while replaced < 2 || seen.sent.load(Ordering::Relaxed) < wanted {
        let next = if way.beside { Some(way.next().await) } else { None };
        pause(50 + 37 * (replaced % 7)).await;
        program.signal("TERM");
        assert_eq!(program.end(Duration::from_secs(60)).await, Some(true), "{}", program.said());
        program = match next {
            Some(next) => next,
            None => way.next().await,
        };
        replaced += 1;
        assert!(seen.failures.lock().expect("a list").len() < 20, "{:?}", seen.failures);
    }
    seen.is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no panic");
    }
    let (sent, closed) = (seen.sent.load(Ordering::Relaxed), seen.closed.load(Ordering::Relaxed));
    let failures = std::mem::take(&mut *seen.failures.lock().expect("a list"));
    println!(
        "{replaced} processes were replaced: {} of {sent} requests failed, the longest took {} ms; {closed} answers closed a \
         connection",
        failures.len(),
        seen.longest.load(Ordering::Relaxed)
    );
    assert!(failures.is_empty(), "{failures:#?}\nthe last process says: {}", program.said());
    assert!(closed >= CLIENTS / 2, "answers close connections: {closed}");
    let db = connect(&way.database).await;
    assert_eq!(texts(&db, "marks").await.len(), seen.stored.load(Ordering::Relaxed), "every write is stored once");
}

#[test]
fn processes_that_share_a_port_lose_no_request() {
    block_on(async {
        let postgres = Postgres::new().await;
        let way = Way { socket: None, address: free_address(), beside: true, database: postgres.url() };
        replace(&way).await;
        postgres.remove().await;
    });
}

#[test]
fn processes_with_the_same_socket_lose_no_request() {
    block_on(async {
        let postgres = Postgres::new().await;
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        replace(&Way { socket: Some(socket), address, beside: true, database: postgres.url() }).await;
        postgres.remove().await;
    });
}

/// As `systemctl restart` does it: while no process is there, connections wait in the socket.
#[test]
fn a_restart_with_a_passed_socket_loses_no_request() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address");
        let database = format!("sqlite://{}/app.db?mode=rwc", folder.path().display());
        replace(&Way { socket: Some(socket), address, beside: false, database }).await;
    });
}

#[test]
fn wrong_sockets_and_settings_end_the_start() {
    block_on(async {
        let tcp = || OwnedFd::from(TcpListener::bind("127.0.0.1:0").expect("a port"));
        let connected = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            std::net::TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection")
        };
        let udp = OwnedFd::from(UdpSocket::bind("127.0.0.1:0").expect("a port"));
        let file = OwnedFd::from(File::open("/dev/null").expect("a file"));
        // What is passed, how often, the redirections, settings, what the program says
        let table: Vec<(OwnedFd, usize, &str, &[(&str, &str)], &str)> = vec![
            (udp, 1, "3>&1", &[], "descriptor 3 that the service manager passed (LISTEN_FDS) is not a TCP socket"),
            (file, 1, "3>&1", &[], "is not a TCP socket that listens"),
            (connected.into(), 1, "3>&1", &[], "Accept=no"),
            (tcp(), 2, "3>&1 4>&1", &[], "two sockets for the server"),
            (tcp(), 3, "3>&1 4>&1 5>&1", &[], "passed 3 sockets"),
            (tcp(), 2, "3>&1 4>&1", &[("LISTEN_FDNAMES", "metrics:metrics")], "two sockets named `metrics`"),
            (tcp(), 1, "3>&1", &[("LISTEN_FDNAMES", "metrics")], "none for the server"),
            (tcp(), 2, "3>&1 4>&1", &[("LISTEN_FDNAMES", "http:metrics")], "set METRICS_PORT"),
            (tcp(), 1, "3>&1", &[("REUSE_PORT", "true")], "keep one of them"),
            (tcp(), 0, "3>&1", &[("REUSE_PORT", "true"), ("PORT", "0")], "PORT is 0"),
            (tcp(), 0, "3>&1", &[("REUSE_PORT", "yes")], "REUSE_PORT is `yes`; it must be true or false"),
        ];
        for (passed, count, redirection, settings, words) in table {
            let mut program = start_with_sockets(free_address(), redirection, passed, count, "", settings);
            assert_eq!(program.end(Duration::from_secs(20)).await, Some(false), "{words}: {}", program.said());
            assert!(program.said().contains(words), "{words}: {}", program.said());
        }
        // A port that another program has for itself
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = taken.local_addr().expect("an address");
        let binary = Command::new(env!("CARGO_BIN_EXE_fault-server"));
        let settings = [("REUSE_PORT", "true")];
        let mut program = Program::start_at(address, binary, Stdio::null(), "serve", "", &settings);
        assert_eq!(program.end(Duration::from_secs(20)).await, Some(false), "{}", program.said());
        assert!(program.said().contains("must have REUSE_PORT=true"), "{}", program.said());
    });
}

/// What is passed is used instead of HOST and PORT, by its name; sockets for another process are not used.
#[test]
fn passed_sockets_are_used() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let listen = || TcpListener::bind("127.0.0.1:0").expect("a port");
        let (server, metrics) = (listen(), listen());
        let at = [&server, &metrics].map(|socket| socket.local_addr().expect("an address"));
        let log = folder.path().join("log");
        let mut shell = Command::new("sh");
        let script = "LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" serve 3>&2 4>&1 1>/dev/null 2>\"$LOG\"";
        let mut child = shell
            .args(["-c", script, env!("CARGO_BIN_EXE_fault-server")])
            .env("LISTEN_FDNAMES", "metrics:app.socket")
            .env("METRICS_PORT", "1")
            .env("PORT", "1")
            .env("ENVIRONMENT", "test")
            .env("DATABASE_URL", format!("sqlite://{}/app.db?mode=rwc", folder.path().display()))
            .env("DATA_FOLDER", folder.path())
            .env("LOG", &log)
            .stdin(Stdio::piped())
            .stdout(OwnedFd::from(server))
            .stderr(OwnedFd::from(metrics))
            .spawn()
            .expect("the program starts");
        let answers = [get(at[0], "/health/live").await, get(at[1], "/metrics").await];
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
        for answer in answers {
            let answer = answer.expect("an answer");
            assert_eq!(answer.status, 200, "{}: {said}", answer.body);
        }
        for line in [format!("the socket of {}; HOST and PORT", at[0]), format!("the socket of {} for metrics", at[1])]
        {
            assert!(said.contains(&line), "{line}: {said}");
        }

        let program = Program::start_with("serve", "", &[("LISTEN_FDS", "1"), ("LISTEN_PID", "1")]);
        program.listens().await;
        assert!(program.said().contains("LISTEN_PID is 1, which is not this process"), "{}", program.said());
    });
}

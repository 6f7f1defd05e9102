//! A server that starts before its database is available, or with wrong settings.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use resourceful::sea_orm::ConnectionTrait;

use crate::harness::{block_on, connect, get, pause, post, text};
use crate::postgres::OwnServer;

/// The program, with its output.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
    pub(crate) address: SocketAddr,
    folder: std::path::PathBuf,
}

impl Program {
    pub(crate) fn start(command: &str, database_url: &str) -> Self {
        Self::start_with(command, database_url, &[])
    }

    /// Starts it with more settings. Without a URL its database is a SQLite file.
    pub(crate) fn start_with(command: &str, database_url: &str, settings: &[(&str, &str)]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_fault-server"));
        Self::start_at(free_address(), program, Stdio::null(), command, database_url, settings)
    }

    /// Starts it at this address by this program, which has this standard output.
    pub(crate) fn start_at(
        address: SocketAddr,
        mut program: Command,
        stdout: Stdio,
        command: &str,
        database_url: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("resourceful-fault-start-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = sqlite(&folder);
        let mut child = program
            .arg(command)
            .env("DATABASE_URL", if database_url.is_empty() { &file } else { database_url })
            .env("ENVIRONMENT", "test")
            .env("LOG_LEVEL", "info")
            .env("HOST", "127.0.0.1")
            .env("PORT", address.port().to_string())
            .env("WORKERS", "1")
            .env("DATA_FOLDER", &folder)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (said, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().expect("what it says"));
        let listening = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(|line| line.ok()) {
                let mut said = listening.lock().expect("a text");
                said.push_str(&line);
                said.push('\n');
            }
        });
        Self { child, said, address, folder }
    }

    /// The URL of its database, if that is a SQLite file.
    pub(crate) fn database(&self) -> String {
        sqlite(&self.folder)
    }

    /// Waits until it responds.
    pub(crate) async fn listens(&self) {
        let begun = Instant::now();
        while status(self.address, "/health/ready").await != 200 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen: {}", self.said());
            pause(20).await;
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("a text").clone()
    }

    /// Whether it succeeded, once it has ended.
    pub(crate) async fn end(&mut self, within: Duration) -> Option<bool> {
        let begun = Instant::now();
        while begun.elapsed() < within {
            if let Some(status) = self.child.try_wait().expect("its state") {
                // Its last output is read by another thread.
                pause(100).await;
                return Some(status.success());
            }
            pause(20).await;
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// An address of this machine that nobody uses.
pub(crate) fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

fn sqlite(folder: &std::path::Path) -> String {
    format!("sqlite://{}/app.db?mode=rwc", folder.display())
}

async fn status(address: SocketAddr, path: &str) -> u16 {
    get(address, path).await.map_or(0, |answer| answer.status)
}

#[test]
fn the_server_waits_for_its_database() {
    block_on(async {
        let Some(mut own) = OwnServer::start().await else {
            println!("NOT RUN: this test stops a PostgreSQL server of its own, and none is installed on this machine");
            return;
        };
        own.kill();
        let url = format!("postgres://postgres:hush-hush@127.0.0.1:{}/postgres", own.port());
        let mut program = Program::start("serve", &url);
        let mut seed = Program::start("seed", &url);
        let address = program.address;
        let begun = Instant::now();
        while status(address, "/health/live").await != 200 {
            assert!(begun.elapsed() < Duration::from_secs(10), "it does not listen: {}", program.said());
            pause(20).await;
        }
        assert_eq!(status(address, "/health/ready").await, 503);
        let refused = post(address, "marks", &text("too early")).await.expect("an answer");
        assert_eq!((refused.status, refused.slug().as_str()), (503, "unavailable"), "{}", refused.body);
        assert!(refused.head.contains("retry-after: "), "{}", refused.head);
        let begun = Instant::now();
        while !program.said().contains("waiting for the database") {
            assert!(begun.elapsed() < Duration::from_secs(10), "it does not report it: {}", program.said());
            pause(20).await;
        }
        let said = program.said();
        assert!(said.contains(&format!("127.0.0.1:{}", own.port())) && said.contains("`postgres`"), "{said}");
        assert!(!said.contains("hush"), "{said}");
        assert_eq!(program.end(Duration::from_millis(100)).await, None, "{}", program.said());
        own.restart().await;
        let up = Instant::now();
        while post(address, "marks", &text("in time")).await.map_or(0, |answer| answer.status) != 201 {
            assert!(up.elapsed() < Duration::from_secs(10), "it does not continue: {}", program.said());
            pause(50).await;
        }
        println!("the first 201 came {:?} after the database", up.elapsed());
        assert_eq!(status(address, "/health/ready").await, 200);
        assert_eq!(seed.end(Duration::from_secs(10)).await, Some(true), "{}", seed.said());
    });
}

/// Errors that waiting does not solve end the start at once, with a message that says what to change.
#[test]
fn permanent_errors_end_the_start_at_once() {
    block_on(async {
        let Some(mut own) = OwnServer::start().await else {
            println!("NOT RUN: this test locks a PostgreSQL server of its own, and none is installed on this machine");
            return;
        };
        let db = connect(&own.url()).await;
        db.execute_unprepared("CREATE ROLE locked LOGIN PASSWORD 'right'").await.expect("a role");
        let _ = db.close().await;
        own.lock("locked");
        own.kill();
        own.restart().await;
        let port = own.port();
        let cases = [
            (format!("postgres://locked:wrong-one@127.0.0.1:{port}/postgres"), "refuses the user `locked`"),
            (format!("postgres://nobody-here@127.0.0.1:{port}/postgres"), "refuses the user `nobody-here`"),
            (format!("postgres://postgres@127.0.0.1:{port}/nowhere"), "Create the database"),
        ];
        for command in ["serve", "seed"] {
            for (url, sentence) in &cases {
                let mut program = Program::start(command, url);
                assert_eq!(program.end(Duration::from_secs(10)).await, Some(false), "{url}: {}", program.said());
                let said = program.said();
                assert!(said.contains(sentence) && said.contains("DATABASE_URL"), "{url}: {said}");
                assert!(said.contains(&format!("127.0.0.1:{port}")) && !said.contains("wrong-one"), "{url}: {said}");
            }
        }
    });
}

/// The server also waits while another program answers at the port: the database may start later.
#[test]
fn another_program_at_the_port_does_not_end_the_start() {
    block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(20).flatten() {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 64]);
            }
        });
        let mut program = Program::start("serve", &format!("postgres://postgres@127.0.0.1:{port}/postgres"));
        let begun = Instant::now();
        while !program.said().contains("waiting for the database") {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", program.said());
            assert_eq!(program.end(Duration::from_millis(20)).await, None, "{}", program.said());
        }
        assert_eq!(status(program.address, "/health/live").await, 200);
    });
}

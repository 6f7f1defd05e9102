//! A Redis server of a test's own, which it can stop, kill, fill and start again.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use resourceful::redis::{FromRedisValue, Redis, cmd};
use tokio::time::{Instant, sleep};

/// How long a test waits for it to start.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct RedisServer {
    process: Option<Child>,
    port: u16,
    folder: tempfile::TempDir,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let mut server = Self { process: None, port, folder: tempfile::tempdir().expect("a folder") };
        server.restart().await;
        server
    }

    /// A server that does not run yet.
    pub(crate) async fn down() -> Self {
        let mut server = Self::start().await;
        server.kill();
        server
    }

    pub(crate) async fn restart(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server must be installed");
        self.process = Some(process);
        let until = Instant::now() + PATIENCE;
        while self.client().ask::<String>(&cmd("PING")).await.is_err() {
            assert!(Instant::now() < until, "redis-server does not start");
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Stops the process without ending it: connections stay open, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().is_ok_and(|status| status.success()));
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A new client, which knows nothing of earlier failures.
    fn client(&self) -> Redis {
        Redis::new(&self.url()).expect("an address")
    }

    /// Runs a command as an administrator would.
    pub(crate) async fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = cmd(words[0]);
        words[1..].iter().for_each(|word| _ = command.arg(*word));
        self.client().ask(&command).await.unwrap_or_else(|_| panic!("{words:?} is refused"))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

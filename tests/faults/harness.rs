//! What the fault tests share: the server process, a database, an HTTP client, a journal of acknowledged writes.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use resourceful::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The number of rounds; 300 by default.
pub(crate) fn rounds(usual: usize) -> usize {
    let asked = std::env::var("FAULT_ROUNDS").ok().and_then(|text| text.parse::<usize>().ok());
    asked.map_or(usual, |rounds| (rounds * usual).div_ceil(300))
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

pub(crate) async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// The server in a separate process.
pub(crate) struct Server {
    child: Child,
    _stdin: ChildStdin,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) async fn start(database_url: &str) -> Self {
        let database_url = database_url.to_owned();
        // The proxy in front of its database runs in this runtime and must continue.
        tokio::task::spawn_blocking(move || Self::start_now(&database_url)).await.expect("the server starts")
    }

    fn start_now(database_url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fault-server"))
            .env("DATABASE_URL", database_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("its input");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let address = line.trim().parse().expect("the server is up and says where");
        Self { child, _stdin: stdin, address }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A separate database on a PostgreSQL server.
pub(crate) struct Postgres {
    server: String,
    name: String,
    pub(crate) db: DatabaseConnection,
}

impl Postgres {
    pub(crate) async fn new() -> Self {
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL must name a PostgreSQL server");
        Self::on(server).await
    }

    pub(crate) async fn on(server: String) -> Self {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_nanos();
        let name = format!("resourceful_fault_{}_{nanos}", std::process::id());
        let maintenance = connect(&server).await;
        maintenance.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
        maintenance.close().await.expect("closed");
        let db = connect(&with_database(&server, &name)).await;
        Self { server, name, db }
    }

    pub(crate) fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }

    /// The same, through a proxy on this port.
    pub(crate) fn url_through(&self, port: u16) -> String {
        let user = self.server.split_once("//").and_then(|(_, rest)| rest.split_once('@')).map_or("", |(user, _)| user);
        format!("postgres://{user}@127.0.0.1:{port}/{}", self.name)
    }

    /// Host and port of the server.
    pub(crate) fn address(&self) -> String {
        let rest = self.server.split_once("//").map_or(self.server.as_str(), |(_, rest)| rest);
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        host.split('/').next().unwrap_or_default().to_owned()
    }

    /// A number that a query gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        number(&self.db, sql).await
    }

    /// How many other sessions have had an open transaction for longer.
    pub(crate) async fn stale(&self, seconds: f32) -> i64 {
        self.number(&format!(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND state LIKE 'idle in transaction%' AND now() - state_change > interval '{seconds} s'"
        ))
        .await
    }

    /// Ends all sessions but this one: what they have not committed is lost.
    pub(crate) async fn end_sessions(&self) {
        self.number(
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    }

    pub(crate) async fn remove(self) {
        let _ = self.db.close().await;
        let maintenance = connect(&self.server).await;
        let _ = maintenance.execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        let _ = maintenance.close().await;
    }
}

fn with_database(server: &str, name: &str) -> String {
    let base = server.rfind('/').filter(|&at| at > 10).map_or(server, |at| &server[..at]);
    format!("{base}/{name}")
}

/// One connection, without any proxy.
pub(crate) async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    let options = options.max_connections(1).acquire_timeout(Duration::from_secs(5)).sqlx_logging(false);
    // No ping before a statement: the tests control what is sent, and when
    options.test_before_acquire(false);
    Database::connect(options.clone()).await.expect("a connection")
}

pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(db.get_database_backend(), sql.to_owned());
    let row = db.query_one_raw(statement).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// How often each text is in a table.
pub(crate) async fn texts(db: &DatabaseConnection, table: &str) -> HashMap<String, usize> {
    let statement = Statement::from_string(db.get_database_backend(), format!("SELECT text FROM {table}"));
    let rows = db.query_all_raw(statement).await.expect("a query");
    let mut texts = HashMap::new();
    for row in rows {
        *texts.entry(row.try_get_by_index(0).expect("a text")).or_insert(0) += 1;
    }
    texts
}

/// The writes that clients were told about.
#[derive(Default)]
pub(crate) struct Journal {
    /// 201: it must be there.
    pub(crate) acknowledged: Vec<String>,
    /// 4xx: it must not be there.
    pub(crate) refused: Vec<String>,
    /// The number of answers with each other status, and 0 for no answer.
    pub(crate) others: HashMap<u16, usize>,
    pub(crate) problems: HashMap<String, usize>,
}

impl Journal {
    pub(crate) fn note(&mut self, key: String, answer: &std::io::Result<Answer>) {
        match answer {
            Ok(answer) if answer.status == 201 => self.acknowledged.push(key),
            Ok(answer) => {
                if answer.status < 500 {
                    self.refused.push(key);
                }
                *self.others.entry(answer.status).or_insert(0) += 1;
                *self.problems.entry(answer.slug()).or_insert(0) += 1;
            }
            Err(_) => *self.others.entry(0).or_insert(0) += 1,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        other.others.into_iter().for_each(|(status, count)| *self.others.entry(status).or_insert(0) += count);
        other.problems.into_iter().for_each(|(slug, count)| *self.problems.entry(slug).or_insert(0) += count);
    }

    /// The acknowledged writes that are not in the table.
    pub(crate) fn lost(&self, there: &HashMap<String, usize>) -> Vec<&String> {
        self.acknowledged.iter().filter(|key| !there.contains_key(*key)).collect()
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The slug of the problem.
    pub(crate) fn slug(&self) -> String {
        let rest = self.body.split_once("/problems/").map_or("", |(_, rest)| rest);
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// Sends a POST whose answer is not read.
pub(crate) async fn send(address: SocketAddr, path: &str, body: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /api/v1/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).await?;
    Ok(stream)
}

/// Sends a POST and reads the answer.
pub(crate) async fn post(address: SocketAddr, path: &str, body: &str) -> std::io::Result<Answer> {
    answer(send(address, path, body)).await
}

/// Sends a GET and reads the answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> std::io::Result<Answer> {
    let send = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        Ok(stream)
    };
    answer(send).await
}

async fn answer(sent: impl Future<Output = std::io::Result<TcpStream>>) -> std::io::Result<Answer> {
    let mut text = String::new();
    let exchange = async {
        sent.await?.read_to_string(&mut text).await?;
        Ok::<_, std::io::Error>(())
    };
    tokio::time::timeout(Duration::from_secs(30), exchange).await.map_err(std::io::Error::other)??;
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("no answer"))?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}

/// One text as a body.
pub(crate) fn text(key: &str) -> String {
    format!("{{\"text\":\"{key}\"}}")
}

/// Random numbers (xorshift64*), the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(salt: u64) -> Self {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").subsec_nanos();
        Self((u64::from(nanos) << 20 ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

//! The process that delivers mail is killed, or asked to end, at random moments: no mail of a committed write is lost.
//!
//! A mail can arrive twice if the process is killed after the mail server has taken it, and before that is recorded. Those
//! are counted and printed. `OUTBOX_ROUNDS` is the number of kills.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use resourceful::sea_orm::DatabaseConnection;

use crate::harness::{Journal, Postgres, Random, block_on, connect, number, pause, post, text, texts};
use crate::smtp_sink::{Act, Received, SmtpSink, Step};

/// The program, with a mail server.
struct Program {
    child: Child,
    _stdin: ChildStdin,
    address: SocketAddr,
}

impl Program {
    async fn start(database: &str, sink: &SmtpSink) -> Self {
        Self::start_with(database, sink, &[], Stdio::inherit()).await
    }

    /// With other settings, and another place for the log.
    async fn start_with(
        database: &str,
        sink: &SmtpSink,
        changed: &'static [(&'static str, &'static str)],
        log: Stdio,
    ) -> Self {
        let (database, port) = (database.to_owned(), sink.port().to_string());
        let start = move || Self::start_now(&database, &port, changed, log);
        tokio::task::spawn_blocking(start).await.expect("the program starts")
    }

    fn start_now(database: &str, port: &str, changed: &[(&str, &str)], log: Stdio) -> Self {
        let settings = [
            ("ENVIRONMENT", "test"),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("WORKERS", "2"),
            ("DATABASE_MAX_CONNECTIONS", "6"),
            ("LOG_LEVEL", "error"),
            ("EMAIL_PROVIDER", "smtp"),
            ("EMAIL_FROM", "shop@example.org"),
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_TLS", "none"),
            // A lease ends after two seconds, so the mails of a killed process are delivered while the test goes on.
            ("OUTBOX_TIMEOUT", "1"),
            ("OUTBOX_INTERVAL", "0.1"),
            ("OUTBOX_RETRY", "0.2"),
        ];
        let mut child = Command::new(env!("CARGO_BIN_EXE_outbox-server"))
            .envs(settings)
            .env("DATABASE_URL", database)
            .env("SMTP_PORT", port)
            .envs(changed.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let stdin = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            let (_, rest) = line.split_once("http://localhost:")?;
            format!("127.0.0.1:{}", rest.split('/').next()?).parse().ok()
        });
        // What it prints later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _stdin: stdin, address: address.expect("the program says where it is") }
    }

    fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// SIGTERM, as at each new version; it ends by itself.
    async fn end(mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("the command kill").success());
        let begun = Instant::now();
        while self.child.try_wait().expect("its state").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end");
            pause(5).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Customers who order until they are stopped.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<Journal>>,
}

impl Load {
    fn start(address: SocketAddr, name: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |number: usize| {
            let (stop, name) = (stop.clone(), name.to_owned());
            tokio::spawn(async move {
                let mut journal = Journal::default();
                for count in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let key = format!("{name}-{number}-{count}");
                    let answer = post(address, "orders", &text(&key)).await;
                    journal.note(key, &answer);
                    pause(2).await;
                }
                journal
            })
        };
        Self { stop: stop.clone(), clients: (0..3).map(client).collect() }
    }

    async fn end(self) -> Journal {
        self.stop.store(true, Ordering::SeqCst);
        let mut journal = Journal::default();
        for client in self.clients {
            journal.add(client.await.expect("no panic"));
        }
        journal
    }
}

/// How the process ends in each round.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Killed,
    Asked,
}

fn rounds(usual: usize) -> usize {
    std::env::var("OUTBOX_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Ends the process in so many rounds, lets the last one deliver what is left, and checks what arrived.
async fn rounds_of(end: End, rounds: usize, url: &str) {
    let sink = SmtpSink::start();
    // So that the process is often killed in the middle of a conversation.
    sink.slow_down(Duration::from_millis(2));
    let (mut journal, mut random) = (Journal::default(), Random::new(11));
    for round in 0..rounds {
        let program = Program::start(url, &sink).await;
        let load = Load::start(program.address, &format!("r{round}"));
        pause(50 + random.below(250)).await;
        match end {
            End::Killed => program.kill(),
            End::Asked => {
                // Ended by its own will, it first answers the requests that it has.
                journal.add(load.end().await);
                program.end().await;
                continue;
            }
        }
        journal.add(load.end().await);
    }
    sink.slow_down(Duration::ZERO);
    let last = Program::start(url, &sink).await;
    let db = connect(url).await;
    let begun = Instant::now();
    while number(&db, "SELECT count(*) FROM resourceful_outbox WHERE state <> 'sent'").await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(120), "the last process does not deliver everything");
        pause(50).await;
    }
    last.end().await;
    check(end, rounds, &journal, &db, sink.mails()).await;
    let _ = db.close().await;
}

async fn check(end: End, rounds: usize, journal: &Journal, db: &DatabaseConnection, mails: Vec<Received>) {
    let orders: BTreeSet<String> = texts(db, "orders").await.into_keys().collect();
    let lost_orders: Vec<_> = journal.acknowledged.iter().filter(|key| !orders.contains(*key)).collect();
    assert!(lost_orders.is_empty(), "acknowledged and lost: {lost_orders:?}");
    let mut arrived: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for mail in &mails {
        let [to] = mail.to.as_slice() else { panic!("a mail to {:?}", mail.to) };
        let name = to.strip_suffix("@example.org").expect("a customer").to_owned();
        let source = mail.text();
        let id = source.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("a Message-ID");
        arrived.entry(name).or_default().push(id.to_owned());
    }
    let told: BTreeSet<String> = arrived.keys().cloned().collect();
    let twice: Vec<_> = arrived.values().filter(|ids| ids.len() > 1).collect();
    println!(
        "{rounds} times {}: {} orders, {} of them acknowledged; {} mails arrived, {} lost, {} without an order, {} twice",
        if end == End::Killed { "killed" } else { "asked to end" },
        orders.len(),
        journal.acknowledged.len(),
        mails.len(),
        orders.difference(&told).count(),
        told.difference(&orders).count(),
        twice.len(),
    );
    assert_eq!(orders, told, "every order has its mail, and every mail its order");
    assert!(twice.iter().all(|ids| ids.iter().all(|id| *id == ids[0])), "a mail that is sent again has the same id");
    let ids: BTreeSet<&String> = arrived.values().map(|ids| &ids[0]).collect();
    assert_eq!(ids.len(), arrived.len(), "different mails have different ids");
    match end {
        End::Asked => assert!(twice.is_empty(), "nothing is sent twice by processes that end by themselves: {twice:?}"),
        // Each kill can leave those mails that were being sent.
        End::Killed => assert!(twice.len() <= rounds * 4, "more than were being sent: {}", twice.len()),
    }
    assert!(!orders.is_empty());
}

fn on_sqlite(end: End, usual: usize) {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("data.db").display());
        rounds_of(end, rounds(usual), &url).await;
    });
}

fn on_postgres(end: End, usual: usize) {
    block_on(async {
        let postgres = Postgres::new().await;
        rounds_of(end, rounds(usual), &postgres.url()).await;
        postgres.remove().await;
    });
}

#[test]
fn a_killed_worker_loses_no_mail_on_sqlite() {
    on_sqlite(End::Killed, 8);
}

#[test]
fn a_killed_worker_loses_no_mail_on_postgres() {
    on_postgres(End::Killed, 8);
}

#[test]
fn a_worker_that_is_asked_to_end_sends_nothing_twice_on_sqlite() {
    on_sqlite(End::Asked, 4);
}

#[test]
fn a_worker_that_is_asked_to_end_sends_nothing_twice_on_postgres() {
    on_postgres(End::Asked, 4);
}

/// The mail server says nothing, and the process is asked to end: it ends when its time is over, not when the server
/// answers, and the mail is sent by the next process.
#[test]
fn a_silent_mail_server_does_not_keep_the_process_from_ending() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("data.db").display());
        let sink = SmtpSink::start();
        sink.on(Step::Mail, "", Act::Stall, usize::MAX);
        // As long as the mail server is waited for, the process would not end within the minute that `end` allows.
        let long = &[("EMAIL_TIMEOUT", "600"), ("OUTBOX_TIMEOUT", "600"), ("SHUTDOWN_TIMEOUT", "2")];
        let program = Program::start_with(&url, &sink, long, Stdio::inherit()).await;
        let mut journal = Journal::default();
        journal.note("ann".to_owned(), &post(program.address, "orders", &text("ann")).await);
        let begun = Instant::now();
        while !sink.lines().iter().any(|line| line.starts_with("MAIL")) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the mail is not being sent");
            pause(20).await;
        }
        program.end().await;
        let db = connect(&url).await;
        let free = "SELECT count(*) FROM resourceful_outbox WHERE state = 'waiting' AND lease IS NULL AND attempts = 0";
        assert_eq!(number(&db, free).await, 1, "it was given back");
        sink.behave();
        let next = Program::start(&url, &sink).await;
        while number(&db, "SELECT count(*) FROM resourceful_outbox WHERE state <> 'sent'").await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(120), "the next process does not deliver it");
            pause(50).await;
        }
        next.end().await;
        assert_eq!((journal.acknowledged.len(), sink.mails().len()), (1, 1));
        let _ = db.close().await;
    });
}

/// A log is no place for addresses and codes, whatever its level, and whatever the mail server says.
#[test]
fn the_log_has_neither_addresses_nor_texts_of_mails() {
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("data.db").display());
        let path = folder.path().join("log");
        let sink = SmtpSink::start();
        sink.on(Step::Rcpt, "", Act::Say("550 5.1.1 <canary@example.org>: no such user"), 1);
        sink.on(Step::Rcpt, "", Act::Say("450 4.2.0 <canary@example.org>: later"), 4);
        let log = std::fs::File::create(&path).expect("a file");
        let loud = &[("LOG_LEVEL", "trace")];
        let program = Program::start_with(&url, &sink, loud, log.into()).await;
        for name in ["canary-one", "canary-two"] {
            let _ = post(program.address, "orders", &text(name)).await;
        }
        let db = connect(&url).await;
        let begun = Instant::now();
        while number(&db, "SELECT count(*) FROM resourceful_outbox WHERE state = 'waiting'").await > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the mails do not end");
            pause(50).await;
        }
        program.end().await;
        let _ = db.close().await;
        let text = std::fs::read_to_string(&path).expect("a log");
        assert!(text.contains("c..@example.org"), "the reason is there: {text}");
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("canary")).collect();
        assert!(lines.is_empty(), "{lines:?}");
    });
}

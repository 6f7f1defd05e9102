//! The server or the database is killed during writes: no acknowledged write is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use resourceful::sea_orm::DatabaseConnection;

use crate::harness::{Journal, Postgres, Random, Server, block_on, connect, pause, post, rounds, text, texts};
use crate::postgres::OwnServer;

/// Clients that write without a pause until they are stopped: single rows, transactions and bulks.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<Journal>>,
}

/// The number of rows in a bulk.
const BULK: usize = 5;

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
                    let key = format!("{name} {number} {count}");
                    let answer = match count % 3 {
                        0 => post(address, "marks", &text(&key)).await,
                        1 => post(address, "stamps", &text(&key)).await,
                        _ => {
                            let items: Vec<String> = (0..BULK).map(|item| text(&format!("{key} {item}"))).collect();
                            let path = if count % 2 == 0 { "marks/bulk" } else { "stamps/bulk" };
                            post(address, path, &format!("[{}]", items.join(","))).await
                        }
                    };
                    if answer.is_err() {
                        pause(2).await;
                    }
                    journal.note(if count % 3 == 2 { format!("{key} 0") } else { key }, &answer);
                }
                journal
            })
        };
        let clients = (0..8).map(client).collect();
        Self { stop, clients }
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

/// What must be true for the tables at the end: no acknowledged write is lost, no refused write is there, and no write is
/// there twice or half done.
async fn check(db: &DatabaseConnection, journal: &Journal) {
    let (mut there, stamps) = (texts(db, "marks").await, texts(db, "stamps").await);
    for stamp in stamps.keys() {
        assert!(there.contains_key(&format!("of {stamp}")), "half of the transaction of {stamp}");
    }
    let halves = there.keys().filter_map(|key| key.strip_prefix("of ")).filter(|stamp| !stamps.contains_key(*stamp));
    assert_eq!(halves.count(), 0, "half of a transaction");
    there.extend(stamps);
    let mut bulks: HashMap<&str, usize> = HashMap::new();
    for key in there.keys().filter(|key| !key.starts_with("of ") && key.split(' ').count() == 4) {
        *bulks.entry(key.rsplit_once(' ').map_or("", |(bulk, _)| bulk)).or_insert(0) += 1;
    }
    let half: Vec<_> = bulks.iter().filter(|(_, count)| **count != BULK).collect();
    assert!(half.is_empty(), "half of a bulk: {half:?}");
    assert!(there.values().all(|count| *count == 1), "something is there twice");
    let lost = journal.lost(&there);
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let refused: Vec<_> = journal.refused.iter().filter(|key| there.contains_key(*key)).collect();
    assert!(refused.is_empty(), "refused and there all the same: {refused:?}");
}

async fn kill_the_server(url: &str, rounds: usize) -> Journal {
    let (mut journal, mut random) = (Journal::default(), Random::new(3));
    for round in 0..rounds {
        let mut server = Server::start(url).await;
        let load = Load::start(server.address, &format!("r{round}"));
        pause(150 + random.below(250)).await;
        server.kill();
        journal.add(load.end().await);
    }
    // It starts again and writes.
    let server = Server::start(url).await;
    assert_eq!(post(server.address, "stamps", &text("last")).await.expect("an answer").status, 201);
    journal
}

#[test]
fn a_killed_server_loses_nothing_on_sqlite() {
    let rounds = rounds(12);
    block_on(async {
        let folder = std::env::temp_dir().join(format!("resourceful-fault-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.join("data.db").display());
        let journal = kill_the_server(&url, rounds).await;
        println!("{rounds} kills: {} writes acknowledged; others: {:?}", journal.acknowledged.len(), journal.others);
        let db = connect(&url).await;
        check(&db, &journal).await;
        let _ = db.close().await;
        let _ = std::fs::remove_dir_all(&folder);
        assert_eq!(journal.others.keys().filter(|status| **status > 0).count(), 0, "{:?}", journal.problems);
    });
}

#[test]
fn a_killed_server_loses_nothing_on_postgres() {
    let rounds = rounds(12);
    block_on(async {
        let postgres = Postgres::new().await;
        let journal = kill_the_server(&postgres.url(), rounds).await;
        println!("{rounds} kills: {} writes acknowledged; others: {:?}", journal.acknowledged.len(), journal.others);
        check(&postgres.db, &journal).await;
        assert_eq!(journal.others.keys().filter(|status| **status > 0).count(), 0, "{:?}", journal.problems);
        postgres.remove().await;
    });
}

#[test]
fn a_killed_database_loses_nothing() {
    let rounds = rounds(6);
    block_on(async {
        let Some(mut own) = OwnServer::start().await else {
            println!("NOT RUN: this test kills a PostgreSQL server of its own, and none is installed on this machine");
            return;
        };
        let database = Postgres::on(own.url()).await;
        let url = database.url();
        let _ = database.db.clone().close().await;
        let server = Server::start(&url).await;
        let (mut journal, mut random, mut slowest) = (Journal::default(), Random::new(2), Duration::ZERO);
        for round in 0..rounds {
            let load = Load::start(server.address, &format!("r{round}"));
            pause(200 + random.below(200)).await;
            own.kill();
            pause(random.below(300)).await;
            own.restart().await;
            let up = Instant::now();
            let mut tries = 0;
            while !matches!(post(server.address, "marks", &text(&format!("up {round} {tries}"))).await, Ok(answer) if answer.status == 201)
            {
                assert!(up.elapsed() < Duration::from_secs(15), "the server does not recover");
                tries += 1;
                pause(20).await;
            }
            slowest = slowest.max(up.elapsed());
            journal.add(load.end().await);
        }
        println!(
            "{rounds} kills: {} writes acknowledged; others: {:?} {:?}; slowest recovery {slowest:.1?}",
            journal.acknowledged.len(),
            journal.others,
            journal.problems
        );
        let db = connect(&url).await;
        check(&db, &journal).await;
        let statuses: Vec<u16> = journal.others.keys().copied().filter(|status| *status != 503).collect();
        assert!(statuses.is_empty(), "only 503 is honest here: {:?} {:?}", journal.others, journal.problems);
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
        let _ = db.close().await;
    });
}

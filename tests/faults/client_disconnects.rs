//! Clients that disconnect while a transaction begins.

use std::time::{Duration, Instant};

use resourceful::sea_orm::{ConnectionTrait, TransactionTrait};

use crate::harness::{Journal, Postgres, Random, Server, block_on, connect, pause, post, rounds, send, text, texts};
use crate::proxy::Proxy;

/// Why each transaction begins in a separate task: SeaORM's `begin`, dropped before the answer of the database arrives,
/// leaves the pooled connection inside a transaction, and what its next user writes is lost with the connection.
#[test]
fn dropping_begin_breaks_the_connection() {
    block_on(async {
        let postgres = Postgres::new().await;
        let proxy = Proxy::start(postgres.address()).await;
        let pool = connect(&postgres.url_through(proxy.port())).await;
        pool.execute_unprepared("CREATE TABLE victims (text TEXT)").await.expect("a table");
        // The connection is back in the pool when it has been pinged.
        pause(100).await;
        proxy.delay(20);
        // The answer takes 40 ms.
        let begun = tokio::time::timeout(Duration::from_millis(20), pool.begin()).await;
        assert!(begun.is_err(), "BEGIN was to be dropped half way");
        pause(200).await;
        let open = postgres.stale(0.0).await;
        pool.execute_unprepared("INSERT INTO victims VALUES ('acknowledged')").await.expect("acknowledged");
        postgres.end_sessions().await;
        let there = postgres.number("SELECT COUNT(*) FROM victims").await;
        println!("sessions left in a transaction: {open}; acknowledged rows lost: {}", 1 - there);
        assert_eq!(
            (open, there),
            (1, 0),
            "the driver no longer leaves an open transaction behind: the tasks of context/transaction.rs have become \
             unnecessary, and this test with them"
        );
        let _ = pool.close().await;
        postgres.remove().await;
    });
}

#[test]
fn disconnected_clients_leave_no_open_transaction() {
    let rounds = rounds(300);
    block_on(async {
        let postgres = Postgres::new().await;
        let proxy = Proxy::start(postgres.address()).await;
        let server = Server::start(&postgres.url_through(proxy.port())).await;
        proxy.delay(2);
        let (begun, address) = (Instant::now(), server.address);
        let workers = (0..6u64).map(|worker| {
            tokio::spawn(async move {
                let (mut random, mut journal) = (Random::new(worker), Journal::default());
                for round in (worker as usize..rounds).step_by(6) {
                    // A client that disconnects while the transaction of its write begins, or a little later
                    if let Ok(stream) = send(address, "stamps", &text(&format!("gone {round}"))).await {
                        tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
                        stream.set_zero_linger().expect("a reset");
                    }
                    // And clients that get its connection to the database
                    let key = format!("mark {round}");
                    let answer = post(address, "marks", &text(&key)).await;
                    journal.note(key, &answer);
                    let key = format!("stamp {round}");
                    let answer = post(address, "stamps", &text(&key)).await;
                    journal.note(key, &answer);
                }
                journal
            })
        });
        let workers: Vec<_> = workers.collect();
        let mut most_stale = 0;
        while workers.iter().any(|worker| !worker.is_finished()) {
            pause(250).await;
            most_stale = most_stale.max(postgres.stale(1.0).await);
        }
        let mut journal = Journal::default();
        for worker in workers {
            journal.add(worker.await.expect("no panic"));
        }
        pause(1_500).await;
        most_stale = most_stale.max(postgres.stale(1.0).await);
        let open = postgres.stale(0.0).await;
        // An acknowledged write in a transaction that is still open would be lost now.
        postgres.end_sessions().await;
        let mut there = texts(&postgres.db, "marks").await;
        let stamps = texts(&postgres.db, "stamps").await;
        let gone = stamps.keys().filter(|key| key.starts_with("gone")).count();
        let halves = stamps.keys().filter(|key| !there.contains_key(&format!("of {key}"))).count();
        let orphans = there.keys().filter_map(|key| key.strip_prefix("of ")).filter(|key| !stamps.contains_key(*key));
        let halves = halves + orphans.count();
        there.extend(stamps);
        let lost = journal.lost(&there);
        println!(
            "{rounds} rounds in {:.1?}: {} writes acknowledged, {} lost; {} of those who went away have written all the \
             same, {halves} of them half; sessions idle in a transaction for more than 1 s: {most_stale}; open at the \
             end: {open}; other answers: {:?} {:?}",
            begun.elapsed(),
            journal.acknowledged.len(),
            lost.len(),
            gone,
            journal.others,
            journal.problems,
        );
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert_eq!((most_stale, open, halves), (0, 0, 0));
        assert_eq!(journal.acknowledged.len(), 2 * rounds, "no client that stayed was refused");
        assert!(gone < rounds, "no client disconnected in time");
        postgres.remove().await;
    });
}

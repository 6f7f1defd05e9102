//! A database that stops answering: requests end after a limited time, and no answer claims an unknown outcome.

use std::time::{Duration, Instant};

use crate::harness::{Answer, Postgres, Server, block_on, get, pause, post, text, texts};
use crate::postgres::OwnServer;
use crate::proxy::Proxy;

/// The longest time that a request may take, with a margin for machines under load.
const PATIENCE: Duration = Duration::from_millis(5_900);

async fn timed(answer: impl Future<Output = std::io::Result<Answer>>) -> (u16, String, Duration) {
    let begun = Instant::now();
    let answer = answer.await.expect("an answer");
    (answer.status, answer.slug(), begun.elapsed())
}

#[test]
fn requests_to_a_frozen_database_time_out() {
    block_on(async {
        let Some(own) = OwnServer::start().await else {
            println!("NOT RUN: this test stops a PostgreSQL server of its own, and none is installed on this machine");
            return;
        };
        let database = Postgres::on(own.url()).await;
        let server = Server::start(&database.url()).await;
        let address = server.address;
        let mut acknowledged = Vec::new();
        for round in 0..2 {
            // The sessions are open and idle, so that the next statement is what hangs.
            let warm: Vec<String> = (0..6).map(|number| format!("warm {round} {number}")).collect();
            let answers = futures_util::future::join_all(warm.iter().map(|key| {
                let body = text(key);
                async move { post(address, "stamps", &body).await.expect("an answer").status }
            }));
            assert_eq!(answers.await, [201; 6]);
            acknowledged.extend(warm);
            own.freeze(true);
            let body = text(&format!("lost {round}"));
            let read = timed(get(address, "/api/v1/marks/count"));
            let write = timed(post(address, "marks", &body));
            let transaction = timed(post(address, "stamps", &body));
            let (read, write, transaction) = futures_util::join!(read, write, transaction);
            println!("read {read:?}, write {write:?}, transaction {transaction:?}");
            // Requests that find the pool empty in the meantime
            let late = get(address, "/api/v1/marks/count").await.expect("an answer").status;
            own.freeze(false);
            assert_eq!((read.0, read.1.as_str(), late), (503, "unavailable", 503));
            assert_eq!((write.0, write.1.as_str()), (503, "commit-unknown"));
            assert_eq!((transaction.0, transaction.1.as_str()), (503, "unavailable"));
            assert!(
                [read.2, write.2, transaction.2].iter().all(|took| *took < PATIENCE),
                "{read:?} {write:?} {transaction:?}"
            );
            let awake = Instant::now();
            let mut tries = 0;
            while post(address, "marks", &text(&format!("awake {round} {tries}"))).await.expect("an answer").status
                != 201
            {
                assert!(awake.elapsed() < Duration::from_secs(10), "it does not recover");
                tries += 1;
                pause(50).await;
            }
        }
        let there = texts(&database.db, "stamps").await;
        let missing: Vec<_> = acknowledged.iter().filter(|key| !there.contains_key(*key)).collect();
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
        assert!(!there.contains_key("lost 0"), "a transaction that never began");
        let _ = database.db.close().await;
    });
}

/// Requests that need new connections of every part of the pool share one time limit, which is 3 seconds by default.
#[test]
fn requests_wait_for_a_connection_no_longer_than_the_setting() {
    block_on(async {
        let database = Postgres::new().await;
        let proxy = Proxy::start(database.address()).await;
        let server = Server::start(&database.url_through(proxy.port())).await;
        let address = server.address;
        assert_eq!(get(address, "/api/v1/marks/count").await.expect("an answer").status, 200);
        let open =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let open = database.number(open).await;
        // Connections are accepted, and nothing is said on them.
        proxy.delay(60_000);
        let requests = (0..40).map(|number| async move {
            // Some find others in the queue.
            pause(number * 20).await;
            timed(get(address, "/api/v1/marks/count")).await
        });
        let mut slow = Vec::new();
        for (status, slug, took) in futures_util::future::join_all(requests).await {
            assert_eq!((status, slug.as_str()), (503, "unavailable"), "after {took:?}");
            // Half of the limit is a margin for machines under load.
            if took > Duration::from_millis(4_500) {
                slow.push(took);
            }
        }
        // Those that got an open connection waited for its answer instead.
        assert!(slow.len() as i64 <= open, "{open} connections were open: {slow:?}");
        drop(server);
        database.remove().await;
    });
}

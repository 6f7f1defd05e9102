//! Several workers, and workers that end in the middle of a delivery.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use resourceful::events::{Outbox, OutboxSettings, Undelivered, Worker};
use resourceful::testing::TestApp;
use tokio::sync::Semaphore;

use super::{BOTH, QUICK, Received, execute, receive, receiving, rows, states, until};

/// Ends the lease of every message.
const PAST: &str = "UPDATE resourceful_outbox SET due_at = '2000-01-01T00:00:00.000Z'";

#[test]
fn several_workers_share_the_work_and_deliver_nothing_twice() {
    const MESSAGES: usize = 300;
    for database in BOTH {
        let slow = |received: Received| {
            move |app: resourceful::App| {
                app.deliver("note", move |_, message| {
                    let received = received.clone();
                    async move {
                        tokio::time::sleep(Duration::from_millis(3)).await;
                        received.add(message);
                        Ok(())
                    }
                })
            }
        };
        let all: Vec<Received> = (0..3).map(|_| Received::default()).collect();
        let app = TestApp::start_with(database, QUICK, slow(all[0].clone()));
        let _others = [1, 2].map(|number| app.another_with(QUICK, slow(all[number].clone())));
        app.block_on(async {
            for number in 0..MESSAGES {
                Outbox::add(app.ctx(), "note", &number.to_string()).await.expect("stored");
            }
        });
        until("all are sent", || states(&app).iter().all(|state| state == "sent"));
        let shares: Vec<usize> = all.iter().map(Received::count).collect();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        all.iter().flat_map(Received::texts).for_each(|text| *times.entry(text).or_default() += 1);
        assert_eq!(times.len(), MESSAGES, "{database:?}");
        assert!(times.values().all(|count| *count == 1), "{database:?}: {times:?}");
        assert!(shares.iter().filter(|share| **share > 0).count() > 1, "{database:?}: one did everything: {shares:?}");
    }
}

#[test]
fn a_message_belongs_to_one_worker_until_its_lease_is_over() {
    for database in BOTH {
        let begun = Arc::new(AtomicUsize::new(0));
        let counter = begun.clone();
        // Like a process that is killed, it records nothing.
        let app = TestApp::start_with(database, &[], move |app| {
            app.deliver("note", move |_, _| {
                counter.fetch_add(1, Ordering::SeqCst);
                std::future::pending()
            })
        });
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        until("a delivery has begun", || begun.load(Ordering::SeqCst) == 1);
        let row = &rows(&app)[0];
        assert!(row["attempts"] == "1" && !row["lease"].is_empty(), "it has a lease: {row:?}");
        let received = Received::default();
        let handler = received.clone();
        let _another = app.another_with(QUICK, |app| receive(app, handler));
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(received.count(), 0, "the lease is not over yet");
        execute(&app, PAST);
        until("it is delivered", || received.count() == 1);
        until("it is recorded", || states(&app) == ["sent"]);
        assert_eq!(received.0.lock().expect("messages")[0].attempt, 2, "the attempt that did not end is counted");
    }
}

#[test]
fn who_has_lost_the_lease_records_nothing() {
    for database in BOTH {
        let gate = Arc::new(Semaphore::new(0));
        let (begun, handler_gate) = (Arc::new(AtomicUsize::new(0)), gate.clone());
        let counter = begun.clone();
        let app = TestApp::start_with(database, &[], move |app| {
            app.deliver("note", move |_, _| {
                let gate = handler_gate.clone();
                counter.fetch_add(1, Ordering::SeqCst);
                async move {
                    let _permit = gate.acquire().await;
                    Err(Undelivered::permanent("too late"))
                }
            })
        });
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        until("the first has it", || begun.load(Ordering::SeqCst) == 1);
        execute(&app, PAST);
        let received = Received::default();
        let handler = received.clone();
        let _another = app.another_with(QUICK, |app| receive(app, handler));
        until("the second has sent it", || states(&app) == ["sent"]);
        gate.add_permits(1);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(states(&app), ["sent"], "the first one came too late");
        assert_eq!((received.count(), begun.load(Ordering::SeqCst)), (1, 1));
    }
}

#[test]
fn a_worker_that_stops_finishes_what_it_has_begun_and_gives_back_the_rest() {
    for database in BOTH {
        let app = TestApp::start_with(database, &[], |app| app);
        app.block_on(async {
            resourceful::events::create_missing(app.ctx()).await.expect("the table");
            let received = Received::default();
            let (handler, begun) = (received.clone(), Arc::new(AtomicUsize::new(0)));
            let counter = begun.clone();
            let settings = OutboxSettings { concurrency: 2, ..OutboxSettings::default() };
            let worker = Worker::builder(app.ctx()).settings(settings).deliver("note", move |_, message| {
                let received = handler.clone();
                counter.fetch_add(1, Ordering::SeqCst);
                async move {
                    // Ends while the worker waits for it, and the other one does not.
                    let is_quick = message.payload::<String>()? == "quick";
                    tokio::time::sleep(Duration::from_millis(if is_quick { 200 } else { 10_000 })).await;
                    received.add(message);
                    Ok(())
                }
            });
            let worker = worker.start().await.expect("a worker");
            for text in ["quick", "slow", "third"] {
                Outbox::add(app.ctx(), "note", &text).await.expect("stored");
            }
            while begun.load(Ordering::SeqCst) < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            worker.stop_within(Duration::from_millis(800)).await;
            assert_eq!(received.texts(), ["quick"]);
        });
        let rows = rows(&app);
        let found: Vec<_> = rows.iter().map(|row| (&*row["state"], &*row["lease"])).collect();
        assert_eq!(found, [("sent", ""), ("waiting", ""), ("waiting", "")], "{database:?}");
        assert_eq!((&*rows[1]["attempts"], &*rows[2]["attempts"]), ("0", "0"), "as if they had not been taken");
    }
}

/// The database is away for longer than the lease. Nobody else has taken the message, so its outcome still counts.
#[test]
fn an_outcome_is_recorded_as_soon_as_the_database_is_back() {
    for database in BOTH {
        let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let (handler_gate, counter) = (gate.clone(), begun.clone());
        // A lease of two seconds; only the first look finds something.
        let settings = [("OUTBOX_INTERVAL", "3600"), ("OUTBOX_TIMEOUT", "1")];
        let app = TestApp::start_with(database, &settings, move |app| {
            app.deliver("note", move |_, _| {
                let gate = handler_gate.clone();
                counter.fetch_add(1, Ordering::SeqCst);
                async move {
                    let _permit = gate.acquire().await;
                    Ok(())
                }
            })
        });
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        until("it is being delivered", || begun.load(Ordering::SeqCst) == 1);
        execute(&app, "ALTER TABLE resourceful_outbox RENAME TO away");
        gate.add_permits(1);
        std::thread::sleep(Duration::from_millis(2500));
        execute(&app, "ALTER TABLE away RENAME TO resourceful_outbox");
        until("it is recorded", || states(&app) == ["sent"]);
        assert_eq!(begun.load(Ordering::SeqCst), 1, "{database:?}");
    }
}

#[test]
fn messages_stored_by_another_process_are_found() {
    for database in BOTH {
        let (app, received) = receiving(database, QUICK);
        let other = app.another_with(&[("OUTBOX_INTERVAL", "3600")], |app| app);
        other.block_on(async {
            Outbox::open(other.ctx()).await.expect("the table is there");
            Outbox::add(other.ctx(), "note", &"from the other").await.expect("stored");
        });
        until("it is delivered here", || received.texts() == ["from the other"]);
    }
}

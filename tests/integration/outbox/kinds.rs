//! Messages of several kinds: those that a process does not know, those whose receiver is away, and those that never end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use resourceful::events::{Outbox, OutboxSettings, Undelivered, Worker};
use resourceful::sea_orm::{ConnectionTrait, DbBackend};
use resourceful::testing::{TestApp, TestDatabase};
use tokio::sync::Semaphore;

use super::{BOTH, QUICK, Received, execute, receive, receiving, rows, states, until};

/// A time in the past, as the database writes it.
const PAST: &str = "'2000-01-01T00:00:00.000Z'";

/// In a rolling deploy an old process meets messages of a kind that only the new one has a function for.
#[test]
fn messages_of_an_unknown_kind_wait_for_a_process_that_knows_them() {
    for database in BOTH {
        let (app, received) = receiving(database, QUICK);
        app.block_on(Outbox::add(app.ctx(), "new", &"first")).expect("stored");
        app.block_on(Outbox::add(app.ctx(), "note", &"known")).expect("stored");
        until("the known one is sent", || states(&app) == ["waiting", "sent"]);
        assert_eq!((&*rows(&app)[0]["attempts"], &*rows(&app)[0]["last_error"]), ("0", ""), "{database:?}");
        assert_eq!(received.texts(), ["known"]);

        let news = Received::default();
        let handler = news.clone();
        let newer = app.another_with(QUICK, move |app| {
            app.deliver("new", move |_, message| {
                handler.add(message);
                async { Ok(()) }
            })
        });
        until("the newer process delivers it", || news.texts() == ["first"]);
        until("it is recorded", || states(&app) == ["sent", "sent"]);
        drop(newer);

        // Its age ends it, when a process looks for messages whose time is over, as each does at its start.
        app.block_on(Outbox::add(app.ctx(), "gone", &"x")).expect("stored");
        execute(&app, &format!("UPDATE resourceful_outbox SET expires_at = {PAST} WHERE kind = 'gone'"));
        let _another = app.another_with(QUICK, |app| receive(app, Received::default()));
        until("it has failed", || states(&app)[2] == "failed");
        assert!(rows(&app)[2]["last_error"].contains("no process could deliver"), "{:?}", rows(&app)[2]);
    }
}

/// A wrong password makes one failed login at a time, and not one for each mail.
#[test]
fn a_receiver_that_is_away_is_tried_with_one_message_at_a_time() {
    const MESSAGES: usize = 30;
    for database in BOTH {
        let (is_away, tries) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let received = Received::default();
        let (away, count, handler) = (is_away.clone(), tries.clone(), received.clone());
        let app = TestApp::start_with(database, QUICK, move |app| {
            app.deliver("note", move |_, message| {
                count.fetch_add(1, Ordering::SeqCst);
                let is_away = away.load(Ordering::SeqCst);
                if !is_away {
                    handler.add(message);
                }
                async move { if is_away { Err(Undelivered::unavailable("the password is wrong")) } else { Ok(()) } }
            })
        });
        app.block_on(async {
            app.ctx()
                .transaction(async |tx| {
                    for number in 0..MESSAGES {
                        Outbox::add(&tx, "note", &number.to_string()).await?;
                    }
                    Ok(())
                })
                .await
                .expect("stored");
        });
        until("several attempts", || tries.load(Ordering::SeqCst) >= 6);
        // Four at once before anybody knows, and then one after the other, with waits that double.
        let rows = rows(&app);
        assert!(rows.iter().all(|row| row["state"] == "waiting"), "{database:?}");
        let counted: usize = rows.iter().filter(|row| row["lease"].is_empty() && row["attempts"] != "0").count();
        assert_eq!(counted, 0, "such attempts do not count: {rows:?}");
        let untouched = rows.iter().filter(|row| row["last_error"].is_empty()).count();
        assert!(untouched > MESSAGES / 2, "{untouched} of {MESSAGES} were not tried");
        is_away.store(false, Ordering::SeqCst);
        until("all arrive", || received.count() == MESSAGES);
    }
}

#[test]
fn a_slow_kind_leaves_the_others_their_time() {
    let gate = Arc::new(Semaphore::new(0));
    let (handler_gate, received) = (gate.clone(), Received::default());
    let handler = received.clone();
    let app = TestApp::start_with(TestDatabase::Sqlite, &[("OUTBOX_INTERVAL", "0.05")], move |app| {
        receive(app, handler).deliver("slow", move |_, _| {
            let gate = handler_gate.clone();
            async move {
                let _permit = gate.acquire().await;
                Ok(())
            }
        })
    });
    app.block_on(async {
        for _ in 0..8 {
            Outbox::add(app.ctx(), "slow", &"x").await.expect("stored");
        }
        Outbox::add(app.ctx(), "note", &"quick").await.expect("stored");
    });
    until("the quick one arrives", || received.texts() == ["quick"]);
    gate.add_permits(100);
    until("all are sent", || states(&app).iter().all(|state| state == "sent"));
}

/// Such as one that ends the process: nobody records anything.
#[test]
fn a_message_whose_attempts_never_end_fails_after_a_few() {
    for database in BOTH {
        let app = TestApp::start_with(database, &[], |app| app);
        app.block_on(resourceful::events::create_missing(app.ctx())).expect("the table");
        app.block_on(Outbox::open(app.ctx())).expect("it is there");
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        // What five attempts leave behind whose processes were killed
        let lease = match app.ctx().backend() {
            DbBackend::Sqlite => "x'018f0000000070008000000000000000'",
            _ => "'018f0000-0000-7000-8000-000000000000'",
        };
        let killed = |times: u32| {
            let sql = format!(
                "UPDATE resourceful_outbox SET lease = {lease}, attempts = {times}, unended = {}, due_at = {PAST}",
                times - 1
            );
            execute(&app, &sql);
        };
        killed(4);
        let received = Received::default();
        let handler = received.clone();
        let another = app.another_with(QUICK, |app| receive(app, handler));
        until("a fifth one is made", || received.count() == 1);
        until("it is recorded", || states(&app) == ["sent"]);
        drop(another);
        execute(&app, "UPDATE resourceful_outbox SET state = 'waiting', ended_at = NULL");
        killed(5);
        let handler = received.clone();
        let _another = app.another_with(QUICK, |app| receive(app, handler));
        until("it has failed", || states(&app) == ["failed"]);
        assert_eq!(received.count(), 1, "{database:?}: no further attempt");
        assert!(rows(&app)[0]["last_error"].contains("during each of 5 attempts"), "{:?}", rows(&app)[0]);
    }
}

/// The row is locked by somebody else for as long as the test wants.
#[test]
fn cleaning_up_stops_no_delivery() {
    let (app, received) = receiving(TestDatabase::Postgres, QUICK);
    app.block_on(Outbox::add(app.ctx(), "note", &"first")).expect("stored");
    until("it is sent", || states(&app) == ["sent"]);
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let held = app.ctx().transaction(async |tx| {
                tx.db().execute_unprepared("SELECT * FROM resourceful_outbox FOR UPDATE").await?;
                locked.send(()).expect("the test waits");
                let _ = released.await;
                Ok(())
            });
            app.block_on(held).expect("a transaction");
        });
        is_locked.recv().expect("the rows are locked");
        // It cleans up at its start, and the row that it would remove is locked.
        let others = Received::default();
        let handler = others.clone();
        let another = app
            .another_with(&[("OUTBOX_KEEP_SENT", "0.001"), ("OUTBOX_INTERVAL", "0.05")], |app| receive(app, handler));
        for _ in 0..8 {
            another.block_on(Outbox::add(another.ctx(), "note", &"second")).expect("stored");
        }
        until("they are delivered", || received.count() + others.count() == 9);
        until("the other process delivers too", || others.count() > 0);
        let _ = release.send(());
    });
}

#[test]
fn settings_outside_of_their_limits_are_an_error_of_the_start() {
    let app = TestApp::start(|app| app);
    app.block_on(async {
        resourceful::events::create_missing(app.ctx()).await.expect("the table");
        let usual = OutboxSettings::default;
        for (settings, name) in [
            (OutboxSettings { concurrency: 0, ..usual() }, "concurrency"),
            (OutboxSettings { interval: Duration::ZERO, ..usual() }, "interval"),
            (OutboxSettings { interval: Duration::from_secs(7200), ..usual() }, "interval"),
            (OutboxSettings { timeout: Duration::MAX, ..usual() }, "timeout"),
            (OutboxSettings { give_up: Duration::ZERO, ..usual() }, "give_up"),
        ] {
            let error = Worker::builder(app.ctx()).settings(settings).start().await.expect_err(name);
            assert!(format!("{error:?}").contains(&format!("OutboxSettings::{name} is ")), "{error:?}");
        }
    });
}

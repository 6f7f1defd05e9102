//! The outbox: messages that are stored in a transaction and delivered by workers of several processes.

mod commands;
mod fences;
mod kinds;
mod letters;
mod smtp;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use resourceful::events::{Message, Outbox, Undelivered};
use resourceful::migration::{MigrationTrait, MigratorTrait};
use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

const BOTH: [TestDatabase; 2] = [TestDatabase::Sqlite, TestDatabase::Postgres];

/// Settings with which a test need not wait long, except for what it waits for.
const QUICK: &[(&str, &str)] = &[("OUTBOX_INTERVAL", "0.05"), ("OUTBOX_RETRY", "0.05"), ("OUTBOX_TIMEOUT", "1")];

/// What handlers have received.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<Message>>>);

impl Received {
    fn add(&self, message: Message) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }

    fn texts(&self) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|message| message.payload::<String>().unwrap_or_else(|_| "unreadable".to_owned())).collect()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// An application whose messages of the kind `note` are only received, and whose messages of the kind `bad` fail for good.
fn receiving(database: TestDatabase, settings: &[(&str, &str)]) -> (TestApp, Received) {
    let received = Received::default();
    let handler = received.clone();
    let app = TestApp::start_with(database, settings, move |app| receive(app, handler));
    (app, received)
}

fn receive(app: App, received: Received) -> App {
    app.deliver("note", move |_, message| {
        received.add(message);
        async { Ok(()) }
    })
    .deliver("bad", |_, _| async { Err(Undelivered::permanent("it makes no sense")) })
}

/// Waits until something is true.
#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not happen: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The rows of the outbox, in the order in which they were stored.
fn rows(app: &TestApp) -> Vec<HashMap<&'static str, String>> {
    let texts = ["kind", "state", "payload", "last_error", "attempts", "lease"];
    let text_of = |name: &&str| match *name {
        "lease" => "CASE WHEN lease IS NULL THEN '' ELSE 'held' END AS lease".to_owned(),
        name => format!("CAST({name} AS text) AS {name}"),
    };
    let list: Vec<String> = texts.iter().map(text_of).collect();
    let sql = format!("SELECT {} FROM resourceful_outbox ORDER BY id", list.join(", "));
    let rows = app.block_on(app.ctx().db().query_all_raw(Statement::from_string(app.ctx().backend(), sql)));
    let text = |row: &resourceful::sea_orm::QueryResult, name: &str| {
        row.try_get::<Option<String>>("", name).ok().flatten().unwrap_or_default()
    };
    rows.expect("rows").iter().map(|row| texts.iter().map(|name| (*name, text(row, name))).collect()).collect()
}

fn states(app: &TestApp) -> Vec<String> {
    rows(app).into_iter().map(|row| row["state"].clone()).collect()
}

fn execute(app: &TestApp, sql: &str) {
    app.block_on(app.ctx().db().execute_unprepared(sql)).expect("a statement");
}

#[test]
fn a_message_is_delivered_if_its_transaction_is_committed_and_only_then() {
    for database in BOTH {
        // Only being woken can be as fast as this test: it looks once an hour.
        let (app, received) = receiving(database, &[("OUTBOX_INTERVAL", "3600")]);
        app.block_on(async {
            let undone = app.ctx().transaction(async |tx| {
                Outbox::add(&tx, "note", &"undone").await?;
                Err::<(), _>(Error::conflict("changed-my-mind", "No"))
            });
            assert_eq!(undone.await.expect_err("an error").slug(), "changed-my-mind");
        });
        assert!(rows(&app).is_empty(), "{database:?}");
        let id = app.block_on(app.ctx().transaction(async |tx| {
            let id = Outbox::add(&tx, "note", &"in a transaction").await?;
            assert_eq!(received.count(), 0, "nothing is delivered before the commit");
            Ok(id)
        }));
        until("the message arrives", || received.count() == 1);
        app.block_on(Outbox::add(app.ctx(), "note", &"alone")).expect("stored");
        until("the other one arrives", || received.count() == 2);
        assert_eq!(received.texts(), ["in a transaction", "alone"]);
        let first = received.0.lock().expect("the messages")[0].clone();
        assert_eq!((first.id, first.kind.as_str(), first.attempt), (id.expect("an id"), "note", 1));
        until("both are recorded", || states(&app) == ["sent", "sent"]);
        assert!(
            rows(&app).iter().all(|row| row["payload"].is_empty() && row["lease"].is_empty()),
            "no content is kept"
        );
    }
}

#[test]
fn what_handlers_answer_decides_what_happens_next() {
    // What happens at the first attempt; the state at the end, the attempts, and a part of the reason.
    let cases: &[(&str, &str, &str, &str)] = &[
        ("fine", "sent", "1", ""),
        ("fails once", "sent", "2", ""),
        ("never", "failed", "1", "it makes no sense"),
        ("panics", "sent", "2", ""),
        ("hangs", "sent", "2", ""),
        ("in part", "failed", "2", "the rest makes no sense"),
    ];
    for database in BOTH {
        let app = TestApp::start_with(database, QUICK, |app| {
            app.deliver("note", |_, message| async move {
                let text: String = message.payload()?;
                match (text.as_str(), message.attempt) {
                    ("fails once", 1) => Err(Undelivered::temporary("not now")),
                    ("never", _) => Err(Undelivered::permanent("it makes no sense")),
                    ("panics", 1) => panic!("the handler of a test"),
                    ("hangs", 1) => std::future::pending().await,
                    ("in part", _) => Err(Undelivered::temporary("a part is left").remaining(&"the rest")),
                    ("the rest", _) => Err(Undelivered::permanent("the rest makes no sense")),
                    _ => Ok(()),
                }
            })
        });
        for (text, ..) in cases {
            app.block_on(Outbox::add(app.ctx(), "note", text)).expect("stored");
        }
        app.block_on(Outbox::add(app.ctx(), "note", &json!({"not": "a text"}))).expect("stored");
        let broken = "UPDATE resourceful_outbox SET payload = '{' WHERE kind = 'note' AND payload = '\"torn\"'";
        app.block_on(app.ctx().transaction(async |tx| {
            Outbox::add(&tx, "note", &"torn").await?;
            tx.db().execute_unprepared(broken).await?;
            Ok(())
        }))
        .expect("stored");
        // What this version of the application cannot read, another one can have stored.
        let unreadable = |row: &HashMap<&str, String>| {
            row["state"] == "waiting" && row["last_error"].starts_with("the payload cannot be read")
        };
        until("all come to an end", || {
            let rows = rows(&app);
            let (known, torn) = rows.split_at(cases.len());
            known.iter().all(|row| row["state"] != "waiting") && torn.iter().all(unreadable) && torn.len() == 2
        });
        let rows = rows(&app);
        for ((text, state, attempts, reason), row) in cases.iter().zip(&rows) {
            assert_eq!((row["state"].as_str(), row["attempts"].as_str()), (*state, *attempts), "{text}: {row:?}");
            assert!(row["last_error"].contains(reason) && row["last_error"].is_empty() == reason.is_empty(), "{row:?}");
        }
        assert_eq!(rows[5]["payload"], "\"the rest\"", "what is left is what is kept");
    }
}

#[test]
fn a_delivery_that_takes_too_long_is_given_up_with_a_reason() {
    let app = TestApp::start_with(
        TestDatabase::Sqlite,
        &[("OUTBOX_TIMEOUT", "0.1"), ("OUTBOX_RETRY", "1000"), ("OUTBOX_INTERVAL", "0.05")],
        |app| app.deliver("note", |_, _| std::future::pending()),
    );
    app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
    until("the attempt ends", || rows(&app)[0]["last_error"] == "the delivery took longer than 100ms (OUTBOX_TIMEOUT)");
    let row = &rows(&app)[0];
    assert_eq!((row["state"].as_str(), row["lease"].as_str()), ("waiting", ""));
}

#[test]
fn the_next_attempt_waits_longer_each_time_and_ends_at_the_age() {
    for database in BOTH {
        let settings = &[("OUTBOX_INTERVAL", "0.02"), ("OUTBOX_RETRY", "100"), ("OUTBOX_GIVE_UP", "86400")];
        let app = TestApp::start_with(database, settings, |app| {
            app.deliver("note", |_, _| async { Err(Undelivered::temporary("down")) })
        });
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        let wait = match app.ctx().backend() {
            DbBackend::Sqlite => "(julianday(due_at) - julianday('now')) * 86400",
            _ => "CAST(extract(epoch FROM due_at - now()) AS double precision)",
        };
        let waits = || {
            let sql = format!("SELECT {wait} AS wait FROM resourceful_outbox WHERE lease IS NULL");
            let row = app.block_on(app.ctx().db().query_one_raw(Statement::from_string(app.ctx().backend(), sql)));
            row.expect("a query").map_or(0.0, |row| row.try_get::<f64>("", "wait").expect("a number"))
        };
        let past = match app.ctx().backend() {
            DbBackend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 seconds')",
            _ => "now() - interval '1 second'",
        };
        // 100 s, 200 s, 400 s, and never more than an hour; each can be a fifth longer or shorter.
        for usual in [100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 3600.0, 3600.0] {
            until("an attempt fails", || waits() > 0.0);
            let waits = waits();
            assert!((usual * 0.79 - 5.0..=usual * 1.21).contains(&waits), "{waits} and not about {usual}");
            execute(&app, &format!("UPDATE resourceful_outbox SET due_at = {past} WHERE lease IS NULL"));
            until("the next one begins", || waits_are_gone(&app, past));
        }
        // Behind the last attempt, which ends later than it begins.
        until("the last attempt fails", || waits() > 0.0);
        execute(
            &app,
            &format!("UPDATE resourceful_outbox SET expires_at = {past}, due_at = {past} WHERE lease IS NULL"),
        );
        until("it is given up", || states(&app) == ["failed"]);
        assert_eq!(rows(&app)[0]["last_error"], "down");
    }
}

/// Whether no row is due any more.
fn waits_are_gone(app: &TestApp, past: &str) -> bool {
    let now = past.replace(", '-1 seconds'", "").replace(" - interval '1 second'", "");
    let sql = format!("SELECT 1 FROM resourceful_outbox WHERE due_at <= {now}");
    let row = app.block_on(app.ctx().db().query_one_raw(Statement::from_string(app.ctx().backend(), sql)));
    row.expect("a query").is_none()
}

#[test]
fn ended_messages_are_removed_when_their_time_is_over() {
    for database in BOTH {
        let (app, received) = receiving(database, QUICK);
        app.block_on(Outbox::add(app.ctx(), "note", &"sent")).expect("stored");
        app.block_on(Outbox::add(app.ctx(), "bad", &"failed")).expect("stored");
        until("both end", || states(&app) == ["sent", "failed"]);
        assert_eq!(received.count(), 1);
        // A worker removes when it starts.
        let _keeps = app.another_with(&[("OUTBOX_KEEP_SENT", "1000")], |app| receive(app, Received::default()));
        let _another = app.another_with(&[("OUTBOX_KEEP_SENT", "0.001"), ("OUTBOX_KEEP_FAILED", "1000")], |app| {
            receive(app, Received::default())
        });
        until("the sent one is gone", || states(&app) == ["failed"]);
        let _third = app.another_with(&[("OUTBOX_KEEP_FAILED", "0.001")], |app| receive(app, Received::default()));
        until("the failed one is gone", || states(&app).is_empty());
    }
}

#[test]
fn a_table_that_is_away_for_a_while_does_not_end_the_worker() {
    for database in BOTH {
        let (app, received) = receiving(database, QUICK);
        execute(&app, "ALTER TABLE resourceful_outbox RENAME TO away");
        std::thread::sleep(Duration::from_millis(200));
        execute(&app, "ALTER TABLE away RENAME TO resourceful_outbox");
        app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect("stored");
        until("it is delivered", || received.count() == 1);
    }
}

#[test]
fn the_queries_of_the_worker_use_the_indexes() {
    let (app, _) = receiving(TestDatabase::Sqlite, QUICK);
    let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    for (sql, index) in [
        (
            format!(
                "SELECT id FROM resourceful_outbox WHERE kind = 'note' AND state = 'waiting' AND due_at <= {now} \
                 ORDER BY due_at LIMIT 4"
            ),
            "ix_resourceful_outbox_due (kind=? AND due_at<?)",
        ),
        (
            format!("SELECT id FROM resourceful_outbox WHERE state = 'sent' AND ended_at < {now} LIMIT 1000"),
            "ix_resourceful_outbox_ended (state=? AND ended_at<?)",
        ),
    ] {
        let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = app.block_on(app.ctx().db().query_all_raw(explain)).expect("a plan");
        let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").expect("a line")).collect();
        assert!(plan.len() == 1 && plan[0].contains(index), "{plan:?}");
    }
}

#[test]
fn an_application_without_an_outbox_says_how_to_turn_it_on() {
    let app = TestApp::start(|app| app);
    let error = app.block_on(Outbox::add(app.ctx(), "note", &"x")).expect_err("no outbox");
    assert_eq!(error.slug(), "internal-error");
    assert!(format!("{error:?}").contains("App::mail()"), "{error:?}");
    let error = app.block_on(resourceful::events::Worker::start(app.ctx())).expect_err("no table");
    assert!(format!("{error:?}").contains("resourceful::events::Migration"), "{error:?}");
    app.block_on(async {
        resourceful::events::create_missing(app.ctx()).await.expect("the table");
        Outbox::open(app.ctx()).await.expect("it is there now");
        Outbox::add(app.ctx(), "note", &"x").await.expect("stored");
    });
    assert_eq!(states(&app), ["waiting"]);
}

struct WithTable;

impl MigratorTrait for WithTable {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(resourceful::events::Migration)]
    }
}

struct WithoutTable;

impl MigratorTrait for WithoutTable {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Vec::new()
    }
}

#[test]
fn an_application_with_migrations_needs_the_one_of_the_outbox() {
    for database in BOTH {
        let app = TestApp::start_on(database, |app| app.migrations::<WithTable>().mail());
        app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
        until("it is sent", || states(&app) == ["sent"]);
        // The table that development creates is the same one.
        let _created = app.another(|app| app.mail());
    }
    let app = std::panic::catch_unwind(|| TestApp::start(|app| app.migrations::<WithoutTable>().mail()));
    let panic = app.err().and_then(|panic| panic.downcast::<String>().ok()).expect("no start");
    assert!(panic.contains("`Box::new(resourceful::events::Migration)`"), "{panic}");
}

#[test]
fn the_same_kind_twice_is_an_error_of_the_start() {
    let app = std::panic::catch_unwind(|| {
        TestApp::start(|app| app.deliver("note", |_, _| async { Ok(()) }).deliver("note", |_, _| async { Ok(()) }))
    });
    let panic = app.err().and_then(|panic| panic.downcast::<String>().ok()).expect("no start");
    assert!(panic.contains("messages of the kind `note`"), "{panic}");
    // Mail has its function already.
    let app = std::panic::catch_unwind(|| TestApp::start(|app| app.mail().deliver("mail", |_, _| async { Ok(()) })));
    let panic = app.err().and_then(|panic| panic.downcast::<String>().ok()).expect("no start");
    assert!(panic.contains("messages of the kind `mail`"), "{panic}");
}

/// The value of a field of a JSON object.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

//! Reads of single rows that arrive together go out as one query: each still has its own answer, sees every write that
//! was acknowledged before it, and shows no row that its caller may not see.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, ConnectionTrait};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, TestApp, TestDatabase};

/// A note that only its writer sees.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Jotting {
    pub id: Uuid,
    pub writer: String,
    pub number: i64,
    pub at: DateTime<Utc>,
}

impl Policy for Jotting {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("writer", jotting::Column::Writer.eq(&user.id)))
    }
}

/// A fraction, whose policy fails in the database where its divisor is 0.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Fraction {
    pub id: i32,
    pub divisor: i32,
}

impl Policy for Fraction {
    fn rows(_: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        if operation.is_write() {
            return Rows::all();
        }
        Rows::when("whole", resourceful::sea_orm::sea_query::Expr::cust("1 / fractions.divisor < 2"))
    }
}

#[get("/{id}/typed", requires("jottings:read"))]
async fn typed(jottings: jotting::Service, id: Path<Uuid>) -> Result<Out<Jotting>> {
    Ok(Out(jottings.get_by_id(*id).await?))
}

fn app() -> TestApp {
    TestApp::start_with(TestDatabase::Postgres, &[("WORKERS", "2")], |app| {
        app.resource_with::<Jotting>(|routes| routes.service(typed)).resource::<Fraction>()
    })
}

fn user(id: &str) -> CurrentUser {
    CurrentUser::new(id).with_permissions(["jottings:read", "jottings:write", "fractions:read", "fractions:write"])
}

fn jotting(app: &TestApp, writer: &str, number: i64) -> String {
    let body = json!({"writer": writer, "number": number, "at": "2026-01-01T00:00:00Z"});
    let answer = app.as_user(user(writer)).post("/api/v1/jottings", body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

type Reader<'a, T> = Box<dyn FnOnce() -> T + Send + 'a>;

/// Runs `readers` while a table is locked, so that all of them are on their way, and ends the lock when `before_end` has
/// ended.
fn while_locked<T: Send>(app: &TestApp, table: &str, readers: Vec<Reader<'_, T>>, before_end: impl FnOnce()) -> Vec<T> {
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
            let held = app.ctx().transaction(async |tx| {
                tx.execute_unprepared(&lock).await.map_err(Error::internal)?;
                let _ = locked.send(());
                let _ = ends.await;
                Ok(())
            });
            app.block_on(held).expect("the lock");
        });
        is_locked.recv().expect("the lock");
        let readers: Vec<_> = readers.into_iter().map(|reader| scope.spawn(reader)).collect();
        std::thread::sleep(Duration::from_millis(300));
        before_end();
        let _ = end.send(());
        readers.into_iter().map(|reader| reader.join().expect("a reader")).collect()
    })
}

#[test]
fn reads_that_arrive_together_are_few_statements_and_each_has_its_own_row() {
    let app = app();
    let ids: Vec<String> = (0..20).map(|number| jotting(&app, "ada", number)).collect();
    let missing = "00000000-0000-4000-8000-000000000000".to_owned();
    let before = app.ctx().statements();
    // Some ask for the same row, and one for none.
    let asked: Vec<(&String, i64)> = ids.iter().zip(0..).chain([(&ids[3], 3), (&ids[3], 3), (&missing, -1)]).collect();
    let readers = asked.iter().map(|(id, _)| {
        let app = &app;
        let reader = move || app.as_user(user("ada")).get(&format!("/api/v1/jottings/{id}"));
        Box::new(reader) as Reader<'_, Answer>
    });
    let answers = while_locked(&app, "jottings", readers.collect(), || {});
    for ((id, number), answer) in asked.iter().zip(answers) {
        if *number < 0 {
            assert_eq!(answer.status, 404, "{}", answer.text());
            continue;
        }
        let row = answer.json();
        assert_eq!((&row["id"], &row["number"]), (&json!(id), &json!(number)), "{}", answer.text());
    }
    // Each worker sends the first, and then all others together: no read waits for more than one query.
    let statements = app.ctx().statements() - before;
    assert!(statements <= 12, "{} reads were {statements} statements", asked.len());
}

/// `READ_PAIRS` sets the number of writes that are each followed by a read.
#[test]
fn a_read_sees_every_write_that_was_acknowledged_before_it() {
    let pairs = std::env::var("READ_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let app = app();
    let ids: Vec<String> = (0..4).map(|_| jotting(&app, "ada", 0)).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let noise: Vec<_> = (0..4)
            .map(|place| {
                let (app, ids, done) = (&app, &ids, &done);
                scope.spawn(move || {
                    let caller = app.as_user(user("ada"));
                    for at in place.. {
                        if done.load(Ordering::Relaxed) {
                            break;
                        }
                        caller.get(&format!("/api/v1/jottings/{}", ids[at % ids.len()]));
                    }
                })
            })
            .collect();
        let writers: Vec<_> = ids
            .iter()
            .map(|id| {
                let app = &app;
                scope.spawn(move || {
                    let caller = app.as_user(user("ada"));
                    let path = format!("/api/v1/jottings/{id}");
                    for number in 1..=pairs / 4 {
                        let written = caller.patch(&path, json!({"number": number}));
                        assert_eq!(written.status, 200, "{}", written.text());
                        let read = caller.get(&path).json();
                        assert_eq!(read["number"], number, "a read saw an older row than the one that was written");
                    }
                })
            })
            .collect();
        let ended: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        done.store(true, Ordering::Relaxed);
        noise.into_iter().for_each(|noise| noise.join().expect("a reader"));
        ended.into_iter().for_each(|writer| writer.expect("no stale read"));
    });
}

#[test]
fn callers_with_different_policies_never_see_each_others_rows() {
    let app = app();
    let tenants = ["ada", "bob"];
    let rows: Vec<(&str, String)> =
        (0..12).map(|number| (tenants[number % 2], jotting(&app, tenants[number % 2], number as i64))).collect();
    let reads = |tenant: &'static str, rounds: usize| {
        let (app, rows) = (&app, &rows);
        move || {
            let caller = app.as_user(user(tenant));
            for (writer, id) in rows.iter().cycle().take(rounds) {
                let answer = caller.get(&format!("/api/v1/jottings/{id}"));
                if *writer == tenant {
                    assert_eq!((answer.status, &answer.json()["writer"]), (200, &json!(tenant)));
                } else {
                    assert_eq!(answer.status, 404, "{tenant} saw a row of {writer}: {}", answer.text());
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..8).map(|place| scope.spawn(reads(tenants[place % 2], 60))).collect();
        readers.into_iter().for_each(|reader| reader.join().expect("each sees only their own"));
    });
    // And surely in flight together.
    let readers = (0..16).map(|place| Box::new(reads(tenants[place % 2], 1)) as Reader<'_, ()>);
    while_locked(&app, "jottings", readers.collect(), || {});
}

#[test]
fn a_query_that_fails_because_of_one_row_fails_for_its_reader_alone() {
    let app = app();
    // Their ids are 1 to 6.
    for divisor in [1, 0, 1, 1, 1, 1] {
        let answer = app.as_user(user("ada")).post("/api/v1/fractions", json!({"divisor": divisor}));
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let app = &app;
    let read = move |id: i32| app.as_user(user("ada")).get(&format!("/api/v1/fractions/{id}")).status;
    let alone = read(2);
    assert!(alone >= 500, "the row with the divisor 0 is answered with {alone}");
    let readers = (0..12).map(|at| Box::new(move || (at % 6 + 1, read(at % 6 + 1))) as Reader<'_, (i32, u16)>);
    for (id, status) in while_locked(app, "fractions", readers.collect(), || {}) {
        assert_eq!(status, if id == 2 { alone } else { 200 }, "the row {id}");
    }
}

#[test]
fn a_row_that_cannot_be_decoded_fails_its_own_reader_only() {
    let app = app();
    let ids: Vec<String> = (0..8).map(|number| jotting(&app, "ada", number)).collect();
    let break_it = format!("UPDATE jottings SET at = 'infinity' WHERE id = '{}'", ids[2]);
    app.block_on(app.ctx().db().execute_unprepared(&break_it)).expect("an update");
    let readers = ids.iter().map(|id| {
        let app = &app;
        let reader = move || {
            let path = format!("/api/v1/jottings/{id}");
            let caller = app.as_user(user("ada"));
            (caller.get(&path), caller.get(&format!("{path}/typed")).status)
        };
        Box::new(reader) as Reader<'_, (Answer, u16)>
    });
    for (place, (answer, typed)) in while_locked(&app, "jottings", readers.collect(), || {}).into_iter().enumerate() {
        let row: Value = answer.json();
        assert_eq!((answer.status, &row["number"]), (200, &json!(place)), "{}", answer.text());
        assert_eq!(row["at"].is_null(), place == 2, "{row}");
        assert_eq!(typed, if place == 2 { 500 } else { 200 }, "the typed read of row {place}");
    }
}

#[test]
fn a_client_that_vanishes_takes_no_other_read_with_it() {
    let app = app();
    let ids: Vec<String> = (0..8).map(|number| jotting(&app, "ada", number)).collect();
    let token = app.issuer().token(&user("ada"));
    let vanishing = std::sync::Mutex::new(Vec::new());
    let (first, others) = (&ids[0], &ids[1..]);
    // These are on their way before the others: they are the first of their workers.
    let begin = || {
        for _ in 0..6 {
            let mut client = TcpStream::connect(app.address()).expect("a connection");
            let head = format!(
                "GET /api/v1/jottings/{first} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
            );
            client.write_all(head.as_bytes()).expect("a request");
            vanishing.lock().expect("no panic").push(client);
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let begin = std::sync::Mutex::new(Some(begin));
    let readers = others.iter().map(|id| {
        let (app, begin) = (&app, &begin);
        let reader = move || {
            if let Some(begin) = begin.lock().expect("no panic").take() {
                begin();
            }
            app.as_user(user("ada")).get(&format!("/api/v1/jottings/{id}"))
        };
        Box::new(reader) as Reader<'_, Answer>
    });
    let answers = while_locked(&app, "jottings", readers.collect(), || {
        vanishing.lock().expect("no panic").clear();
        std::thread::sleep(Duration::from_millis(100));
    });
    for (id, answer) in others.iter().zip(answers) {
        assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(id)), "{}", answer.text());
    }
}

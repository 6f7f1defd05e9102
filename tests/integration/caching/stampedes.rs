//! Many readers at once of an answer that is not kept yet: one query for all of them, also when the first reader fails or
//! disconnects.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::sea_orm::sea_query::Expr;
use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

/// How many readers come at once.
const READERS: usize = 64;

/// A row whose every read from the database is counted, and takes a moment.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "stampede_rows", path = "stampede-rows", public(list, get), policy, cache(ttl = "10m"))]
pub struct StampedeRow {
    pub id: i32,
    pub name: String,
}

impl Policy for StampedeRow {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::when("counted", Expr::cust("stampede_gate(stampede_rows.id)"))
    }
}

/// Counts the calls in a sequence, which no failure takes back. The calls up to `failures.until` fail.
const GATE: &str = "
    CREATE SEQUENCE stampede_calls;
    CREATE TABLE stampede_failures (until INT);
    INSERT INTO stampede_failures VALUES (0);
    CREATE FUNCTION stampede_gate(id INT) RETURNS BOOLEAN LANGUAGE plpgsql VOLATILE AS $$
    DECLARE call BIGINT := nextval('stampede_calls');
    BEGIN
        PERFORM pg_sleep(0.7);
        IF call <= (SELECT until FROM stampede_failures) THEN RAISE EXCEPTION 'the database fails'; END IF;
        RETURN TRUE;
    END $$;
    INSERT INTO stampede_rows (id, name) VALUES (1, 'the only one')";

fn app() -> TestApp {
    let app = TestApp::start_with(TestDatabase::Postgres, &[("WORKERS", "2")], |app| app.resource::<StampedeRow>());
    app.block_on(app.ctx().db().execute_unprepared(GATE)).expect("the function");
    app
}

/// How often the row was read from the database.
fn calls(app: &TestApp) -> i64 {
    let sql = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM stampede_calls";
    let row = app.block_on(app.ctx().db().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)));
    row.expect("a count").expect("a row").try_get_by_index(0).expect("a number")
}

/// From here on nothing is kept, nothing is counted, and the first calls fail.
fn begin_again(app: &TestApp, failures: i32) {
    let sql = format!("UPDATE stampede_failures SET until = {failures}; ALTER SEQUENCE stampede_calls RESTART");
    app.block_on(app.ctx().db().execute_unprepared(&sql)).expect("begun again");
    app.block_on(app.ctx().changed::<StampedeRow>());
}

/// The answers to equal requests that are sent at once: their statuses and bodies.
fn stampede(app: &TestApp, path: &str) -> Vec<(u16, resourceful::serde_json::Value)> {
    let barrier = Barrier::new(READERS);
    std::thread::scope(|scope| {
        let read = || {
            barrier.wait();
            let answer = app.anonymous().get(path);
            (answer.status, answer.json())
        };
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read)).collect();
        readers.into_iter().map(|reader| reader.join().expect("an answer")).collect()
    })
}

/// The reads, each with the part of its answer that is the row.
const READS: [(&str, &str); 2] = [("/api/v1/stampede-rows/1", ""), ("/api/v1/stampede-rows", "/items/0")];

#[track_caller]
fn check_row(answer: &(u16, resourceful::serde_json::Value), place: &str) {
    assert_eq!(
        (answer.0, answer.1.pointer(place)),
        (200, Some(&json!({"id": 1, "name": "the only one"}))),
        "{answer:?}"
    );
}

#[test]
fn readers_at_once_are_one_query() {
    let app = app();
    for (path, place) in READS {
        begin_again(&app, 0);
        for wave in 1..=2 {
            stampede(&app, path).iter().for_each(|answer| check_row(answer, place));
            assert_eq!(calls(&app), wave, "queries for {path}, wave {wave}");
            app.block_on(app.ctx().changed::<StampedeRow>());
        }
    }
}

#[test]
fn when_the_first_reader_fails_one_more_tries_for_all_others() {
    let app = app();
    for (path, place) in READS {
        begin_again(&app, 1);
        let (failed, good): (Vec<_>, Vec<_>) = stampede(&app, path).into_iter().partition(|answer| answer.0 != 200);
        good.iter().for_each(|answer| check_row(answer, place));
        assert_eq!((failed.len(), calls(&app)), (1, 2), "{path}: {failed:?}");
        assert!(failed.iter().all(|answer| answer.0 >= 500 && answer.1["requestId"].is_string()), "{failed:?}");
        // The answer of the second query is kept.
        check_row(
            &{
                let answer = app.anonymous().get(path);
                (answer.status, answer.json())
            },
            place,
        );
        assert_eq!(calls(&app), 2, "{path}");
    }
}

#[test]
fn when_the_database_fails_twice_every_reader_gets_an_error_and_nothing_is_kept() {
    let app = app();
    for (path, place) in READS {
        begin_again(&app, 2);
        let answers = stampede(&app, path);
        assert!(
            answers.iter().all(|answer| answer.0 >= 500 && answer.1["requestId"].is_string()),
            "{path}: {answers:?}"
        );
        assert_eq!(calls(&app), 2, "queries for {path}");
        stampede(&app, path).iter().for_each(|answer| check_row(answer, place));
        assert_eq!(calls(&app), 3, "queries for {path} afterwards");
    }
}

/// Sends GET, and returns the connection before the answer.
fn send(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a request");
    stream
}

#[test]
fn when_the_first_reader_disconnects_another_reads_for_all() {
    let app = app();
    for (path, place) in READS {
        begin_again(&app, 0);
        let first = send(app.address(), path);
        let begun = Instant::now();
        while calls(&app) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the first query begins");
            std::thread::sleep(Duration::from_millis(5));
        }
        let others: Vec<_> = (1..READERS).map(|_| send(app.address(), path)).collect();
        drop(first);
        for mut other in others {
            let mut answer = String::new();
            other.read_to_string(&mut answer).expect("an answer");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
            check_row(&(status, resourceful::serde_json::from_str(body).expect("JSON")), place);
        }
        // Its own query, if it was not stopped in time, and one for all others.
        assert!((1..=2).contains(&calls(&app)), "{} queries for {path}", calls(&app));
    }
}

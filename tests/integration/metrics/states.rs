//! States: connections, statements, cache, outbox, keys, process.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use resourceful::cache::Keep;
use resourceful::events::{Outbox, Undelivered};
use resourceful::sea_orm::{ConnectionTrait, Statement};
use resourceful::testing::TestDatabase;

use super::{BOTH, OPEN, metrics};
use crate::support::{ada, app_with, project};

/// Waits until something is true.
#[track_caller]
pub(super) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not happen: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn rate_limits_are_counted_by_their_names() {
    let app = app_with(
        TestDatabase::Sqlite,
        &[OPEN, ("RATE_LIMIT", "3/day"), ("RATE_LIMIT_WRITE", "1/day"), ("RATE_LIMIT_MAIL", "1/day")],
        |app| app,
    );
    let caller = ada(&app);
    project(&caller, "First");
    // The limit of writes refuses it, so the one of the user does not count it.
    assert_eq!(caller.post("/api/v1/projects", resourceful::serde_json::json!({"name": "Second"})).status, 429);
    for status in [200, 200, 429, 429] {
        assert_eq!(caller.get("/api/v1/projects").status, status);
    }
    let page = metrics(&app);
    let decided =
        |limit, outcome| page.value("resourceful_rate_limit_requests_total", &[("limit", limit), ("outcome", outcome)]);
    let seen = [("user", 3.0, 2.0), ("write", 1.0, 1.0)];
    for (limit, allowed, refused) in seen {
        assert_eq!((decided(limit, "allowed"), decided(limit, "refused")), (Some(allowed), Some(refused)), "{limit}");
    }
    assert_eq!(decided("mail", "allowed"), None, "no request was of this kind");
    assert_eq!(page.value("resourceful_rate_limit_alone_total", &[]), Some(0.0), "there is no Redis");
}

#[test]
fn the_database_is_measured() {
    for database in BOTH {
        // Every statement is slow.
        let app = app_with(database, &[OPEN, ("SLOW_STATEMENT", "0.000000001")], |app| app);
        let count = |name: &str| metrics(&app).value(name, &[]).unwrap_or_else(|| panic!("{name} on {database:?}"));
        let statements = "resourceful_database_statement_duration_seconds_count";
        let slow = "resourceful_database_slow_statements_total";
        let waits = "resourceful_database_wait_seconds_count";
        let before = (count(statements), count(slow), count(waits));
        let id = project(&ada(&app), "Measured")["id"].as_str().expect("an id").to_owned();
        ada(&app).get(&format!("/api/v1/projects/{id}"));
        let after = (count(statements), count(slow), count(waits));
        assert!(after.0 >= before.0 + 2.0 && after.1 >= before.1 + 2.0 && after.2 > before.2, "{before:?} {after:?}");
        // What the application asks itself, and what a transaction does.
        let own = Statement::from_string(app.ctx().backend(), "SELECT 1");
        app.block_on(app.ctx().db().query_one_raw(own)).expect("a statement");
        app.block_on(
            app.ctx().transaction(async |tx| tx.execute_unprepared("SELECT 1").await.map(drop).map_err(Into::into)),
        )
        .expect("a transaction");
        assert!(count(statements) >= after.0 + 3.0, "the statement, that of the transaction, and the commit");
        let page = metrics(&app);
        let connections =
            |state| page.value("resourceful_database_connections", &[("state", state)]).expect("connections");
        assert!(connections("idle") + connections("used") >= 1.0);
        assert!(connections("idle") + connections("used") <= count("resourceful_database_connections_max"));
        let is_sqlite = database == TestDatabase::Sqlite;
        assert_eq!(page.value("resourceful_write_queue_length", &[]), is_sqlite.then_some(0.0));
        let writes = page.value("resourceful_write_queue_wait_seconds_count", &[]);
        assert_eq!(writes.is_some_and(|writes| writes >= 2.0), is_sqlite, "{writes:?}");
    }
}

#[test]
fn connections_that_are_used_and_writers_that_wait_are_seen() {
    for database in BOTH {
        let app = app_with(database, &[OPEN], |app| app);
        let used =
            || metrics(&app).value("resourceful_database_connections", &[("state", "used")]).expect("connections");
        let waiting = || metrics(&app).value("resourceful_write_queue_length", &[]);
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ctx = app.ctx().clone();
        let holder = std::thread::spawn(move || {
            let runtime = resourceful::actix_web::rt::System::new();
            runtime.block_on(ctx.transaction(async |tx| {
                tx.execute_unprepared("SELECT 1").await?;
                // Nothing else runs on this thread.
                let _ = ended.recv();
                Ok(())
            }))
        });
        until("a connection is used", || used() >= 1.0);
        if database == TestDatabase::Sqlite {
            let writer = std::thread::spawn({
                let ctx = app.ctx().clone();
                move || {
                    let runtime = resourceful::actix_web::rt::System::new();
                    runtime.block_on(ctx.transaction(async |_| Ok(())))
                }
            });
            until("a writer waits", || waiting() == Some(1.0));
            end.send(()).expect("the transaction waits");
            writer.join().expect("no panic").expect("a transaction");
        } else {
            end.send(()).expect("the transaction waits");
        }
        holder.join().expect("no panic").expect("a transaction");
        until("nothing is used", || used() == 0.0 && waiting().is_none_or(|waiting| waiting == 0.0));
    }
}

#[test]
fn the_cache_is_measured() {
    let url = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL must name a Redis server");
    let namespace = format!("metrics-{}", resourceful::uuid::Uuid::now_v7());
    for redis in [None, Some(url.as_str())] {
        let mut settings = vec![OPEN, ("CACHE_NAMESPACE", namespace.as_str())];
        settings.extend(redis.map(|url| ("REDIS_URL", url)));
        let app = app_with(TestDatabase::Sqlite, &settings, |app| app);
        let cache = app.ctx().cache();
        app.block_on(async {
            let keep = Keep::new(Duration::from_secs(60));
            let load = async || Ok::<_, String>(1);
            cache.get_or_set("a", keep, load).await.expect("a value");
            cache.get_or_set("a", keep, load).await.expect("a value");
            cache.get_or_set("b", keep, async || Err::<u8, _>("no".to_owned())).await.expect_err("a failure");
        });
        let page = metrics(&app);
        let requests =
            |result| page.value("resourceful_cache_requests_total", &[("result", result)]).expect("requests");
        assert_eq!((requests("miss"), requests("hit") + requests("shared_hit")), (2.0, 1.0), "{redis:?}");
        let loads = |outcome| page.value("resourceful_cache_loads_total", &[("outcome", outcome)]);
        assert_eq!((loads("ok"), loads("failed")), (Some(1.0), Some(1.0)));
        assert!(page.value("resourceful_cache_memory_bytes", &[]).is_some());
        assert!(page.value("resourceful_cache_store_failures_total", &[]).is_some());
        assert_eq!(page.value("resourceful_part_up", &[("part", "redis")]), redis.map(|_| 1.0));
    }
}

#[test]
fn the_outbox_is_measured() {
    for database in BOTH {
        let settings = [OPEN, ("OUTBOX_INTERVAL", "0.05"), ("OUTBOX_RETRY", "3600")];
        let app = app_with(database, &settings, |app| {
            app.deliver("note", |_, message| async move {
                match message.payload::<String>()?.as_str() {
                    "right" => Ok(()),
                    "later" => Err(Undelivered::temporary("later")),
                    _ => Err(Undelivered::permanent("never")),
                }
            })
        });
        app.block_on(app.ctx().transaction(async |tx| {
            for text in ["right", "later", "wrong", "right"] {
                Outbox::add(&tx, "note", &text.to_owned()).await?;
            }
            Ok(())
        }))
        .expect("messages");
        let deliveries =
            |outcome: &str| metrics(&app).value("resourceful_outbox_deliveries_total", &[("outcome", outcome)]);
        until("the deliveries", || {
            (deliveries("delivered"), deliveries("retried"), deliveries("failed")) == (Some(2.0), Some(1.0), Some(1.0))
        });
        // It is asked at most every five seconds.
        let messages = |state: &str| metrics(&app).value("resourceful_outbox_messages", &[("state", state)]);
        until("the rows", || (messages("waiting"), messages("failed")) == (Some(1.0), Some(1.0)));
        assert!(metrics(&app).value("resourceful_outbox_oldest_waiting_seconds", &[]) > Some(0.0));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_measured() {
    let app = app_with(TestDatabase::Sqlite, &[OPEN], |app| app);
    let page = metrics(&app);
    let value = |name: &str| page.value(name, &[]).unwrap_or_else(|| panic!("{name}"));
    assert!(value("process_cpu_seconds_total") >= 0.0);
    assert!((1e6..1e11).contains(&value("process_resident_memory_bytes")));
    assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"));
    assert!(value("process_open_fds") > 3.0 && value("process_threads") > 1.0);
    let now = resourceful::chrono::Utc::now().timestamp() as f64;
    assert!((now - 86_400.0..=now + 1.0).contains(&value("process_start_time_seconds")));
    let about = [("title", "Tests"), ("version", "1.0.0")];
    assert_eq!(page.value("resourceful_application_info", &about), Some(1.0));
    assert_eq!(page.value("resourceful_ready", &[]), Some(1.0));
}

#[test]
fn a_client_that_goes_away_is_counted() {
    let app = app_with(TestDatabase::Sqlite, &[OPEN], |app| app);
    let token = app.issuer().token(&crate::support::user("auth0|ada"));
    let mut client = TcpStream::connect(app.address()).expect("the server listens");
    let head = format!(
        "POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    client.write_all(head.as_bytes()).expect("half a request");
    // The request of the client, and the one that reads.
    until("it is in flight", || metrics(&app).value("http_requests_in_flight", &[]) == Some(2.0));
    assert_eq!(metrics(&app).value("http_requests_abandoned_total", &[]), Some(0.0));
    client.shutdown(std::net::Shutdown::Both).expect("the client leaves");
    let _ = client.read(&mut [0; 16]);
    until("it is gone", || {
        let page = metrics(&app);
        let gone = page.value("http_requests_abandoned_total", &[]) == Some(1.0);
        // Its unread body may also be answered with 400 to nobody.
        let answered = page.all("http_requests_total").any(|sample| sample.labels["method"] == "POST");
        (gone || answered) && page.value("http_requests_in_flight", &[]) == Some(1.0)
    });
}

//! The connections of a process are divided among its workers: they are never more than the setting allows, and no
//! request waits while any of them is free.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::direct;

/// A row to read and write.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get, create, patch))]
pub struct Pebble {
    pub id: i32,
    #[resource(default = 0)]
    pub weight: i32,
}

/// Holds a connection for as long as asked, and needs a second one meanwhile.
#[post("/hold", public)]
async fn hold(ctx: Context) -> Result<Json<bool>> {
    ctx.transaction(async |tx| {
        pebble::Service::as_system(&tx).count(resourceful::Query::new()).await?;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        Ok(())
    })
    .await?;
    Ok(Json(true))
}

/// Asks for a second connection while it holds one.
#[post("/nested", public)]
async fn nested(ctx: Context) -> Result<Json<bool>> {
    ctx.transaction(async |tx| {
        pebble::Service::as_system(&tx).count(resourceful::Query::new()).await?;
        ctx.db().execute_unprepared("SELECT 1").await.map_err(Error::internal)?;
        pebble::Service::as_system(&ctx).count(resourceful::Query::new()).await?;
        Ok(())
    })
    .await?;
    Ok(Json(true))
}

fn app(connections: &str, workers: &str) -> TestApp {
    let settings = [("DATABASE_MAX_CONNECTIONS", connections), ("WORKERS", workers), ("ACQUIRE_TIMEOUT", "1")];
    let app = TestApp::start_with(TestDatabase::Postgres, &settings, |app| {
        app.resource_with::<Pebble>(|routes| routes.service(hold).service(nested))
    });
    // Their ids are 1 to 5.
    for weight in 1..=5 {
        assert_eq!(app.anonymous().post("/api/v1/pebbles", json!({"weight": weight})).status, 201);
    }
    app
}

#[test]
fn a_process_never_has_more_connections_than_the_setting_allows() {
    for (most, workers) in [(1, "2"), (7, "2"), (9, "4")] {
        let app = app(&most.to_string(), workers);
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                     AND backend_type = 'client backend'";
        let done = AtomicBool::new(false);
        let found = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..12)
                .map(|client| {
                    let (app, done) = (&app, &done);
                    scope.spawn(move || {
                        let caller = app.anonymous();
                        while !done.load(Ordering::Relaxed) {
                            let id = client % 5 + 1;
                            let answers = [
                                caller.get(&format!("/api/v1/pebbles/{id}")),
                                caller.patch(&format!("/api/v1/pebbles/{id}"), json!({"weight": client})),
                                caller.get("/api/v1/pebbles?sort=-id"),
                            ];
                            for answer in answers {
                                assert_eq!(answer.status, 200, "{}", answer.text());
                            }
                        }
                    })
                })
                .collect();
            let found = app.block_on(async {
                let db = direct(&app).await;
                let (mut found, mut last) = (0, 0);
                for _ in 0..30 {
                    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, count)).await;
                    let now: i64 = row.expect("a count").expect("a row").try_get_by_index(0).expect("a number");
                    // A connection that the process has closed is still counted for a moment.
                    found = found.max(now.min(last));
                    last = now;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
                db.close().await.expect("closed");
                found
            });
            done.store(true, Ordering::Relaxed);
            clients.into_iter().for_each(|client| client.join().expect("no request fails"));
            found
        });
        assert!((1..=most).contains(&found), "{found} connections of {most}, with {workers} workers");
    }
}

#[test]
fn requests_do_not_wait_for_long_transactions_while_any_connection_is_free() {
    // Two parts of three connections: the transactions hold all of one and all but one of the other, for longer than
    // a request waits for a connection.
    let app = app("6", "2");
    std::thread::scope(|scope| {
        let holders: Vec<_> =
            (0..5).map(|_| scope.spawn(|| app.anonymous().post("/api/v1/pebbles/hold", json!({})))).collect();
        std::thread::sleep(Duration::from_millis(200));
        for id in 1..=5 {
            for answer in [
                app.anonymous().get(&format!("/api/v1/pebbles/{id}")),
                app.anonymous().patch(&format!("/api/v1/pebbles/{id}"), json!({"weight": id})),
            ] {
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        }
        for holder in holders {
            let answer = holder.join().expect("an answer");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    });
}

#[test]
fn transactions_that_need_a_second_connection_get_one_of_any_part() {
    let app = app("6", "2");
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let answer = app.anonymous().post("/api/v1/pebbles/nested", json!({}));
                        assert_eq!(answer.status, 200, "{}", answer.text());
                    }
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().expect("no request fails"));
    });
}

//! Requests that use the same row, or the same folder, at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, TransactionTrait};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use super::{PNG, ada, app, document, on_all, stored, upload, uploaded};
use crate::support::{created, direct};

#[test]
fn a_download_beside_a_replacement_has_one_of_both_files() {
    on_all(|app| {
        let caller = ada(app);
        let path = format!("{}/attachment", document(&caller, json!({})));
        uploaded(&caller, &path, "text/plain", b"number 0");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let reader = ada(app);
                        while !is_over.load(Ordering::Relaxed) {
                            let answer = reader.get(&path);
                            // A busy machine may not find a moment between two replacements. It never says that there is no file.
                            if answer.status == 503 {
                                continue;
                            }
                            assert_eq!(answer.status, 200, "{}", answer.text());
                            assert!(answer.text().starts_with("number "));
                        }
                    })
                })
                .collect();
            for number in 1..40 {
                uploaded(&caller, &path, "text/plain", format!("number {number}").as_bytes());
            }
            is_over.store(true, Ordering::Relaxed);
            readers.into_iter().for_each(|reader| reader.join().expect("no failure"));
        });
        assert_eq!(stored(app).len(), 1);
    });
}

#[test]
fn a_smaller_copy_beside_a_removal_leaves_nothing() {
    on_all(|app| {
        let caller = ada(app);
        for round in 0..30 {
            let row = document(&caller, json!({}));
            let path = format!("{row}/attachment");
            uploaded(&caller, &path, "image/png", PNG);
            std::thread::scope(|scope| {
                let copying = scope.spawn(|| ada(app).get(&format!("{path}/thumbs/20x20")).status);
                std::thread::sleep(Duration::from_millis(round % 6));
                assert_eq!(caller.delete(&path).status, 204);
                let status = copying.join().expect("an answer");
                assert!([200, 404].contains(&status), "{status}");
            });
            assert!(stored(app).is_empty(), "round {round}: {:?}", stored(app));
        }
    });
}

#[test]
fn uploads_and_a_deletion_at_once_leave_what_the_rows_say() {
    on_all(|app| {
        let caller = ada(app);
        for _ in 0..5 {
            let row = document(&caller, json!({}));
            let path = format!("{row}/attachment");
            std::thread::scope(|scope| {
                let send = |content: &'static [u8]| {
                    let path = &path;
                    scope.spawn(move || upload(&ada(app), path, "text/plain", content).status)
                };
                let uploads = [send(b"one"), send(b"two"), send(b"three")];
                for done in uploads {
                    assert_eq!(done.join().expect("an answer"), 200);
                }
            });
            assert_eq!(stored(app).len(), 1, "of three uploads one remains");
            std::thread::scope(|scope| {
                let path = &path;
                let one = scope.spawn(move || upload(&ada(app), path, "text/plain", b"four").status);
                let row = &row;
                let other = scope.spawn(move || ada(app).delete(row).status);
                let (one, other) = (one.join().expect("an answer"), other.join().expect("an answer"));
                assert!(matches!(one, 200 | 404), "{one}");
                assert_eq!(other, 204);
            });
            let until = Instant::now() + Duration::from_secs(30);
            while !stored(app).is_empty() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(stored(app).is_empty(), "{:?}", stored(app));
        }
    });
}

/// Waits until a connection of the database waits for a lock.
async fn somebody_waits(app: &TestApp) {
    let sql = "SELECT 1 AS found FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let statement = resourceful::sea_orm::Statement::from_string(resourceful::sea_orm::DbBackend::Postgres, sql);
    let until = Instant::now() + Duration::from_secs(30);
    while app.ctx().db().query_one_raw(statement.clone()).await.expect("an answer").is_none() && Instant::now() < until
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn a_row_that_moves_away_from_a_deletion_keeps_its_file() {
    let app = app(TestDatabase::Postgres, None);
    let caller = ada(&app);
    let folder = created(caller.post("/api/v1/folders", json!({"name": "Folder"})))["id"].clone();
    let row = document(&caller, json!({"folderId": folder}));
    let path = format!("{row}/attachment");
    uploaded(&caller, &path, "text/plain", b"kept");
    let folder = format!("/api/v1/folders/{}", folder.as_str().expect("an id"));
    std::thread::scope(|scope| {
        let deletion = app.block_on(async {
            let moving = direct(&app).await.begin().await.expect("a transaction");
            moving.execute_unprepared("UPDATE documents SET folder_id = NULL").await.expect("moved");
            let deletion = scope.spawn(|| ada(&app).delete(&folder).status);
            somebody_waits(&app).await;
            moving.commit().await.expect("committed");
            deletion
        });
        assert_eq!(deletion.join().expect("an answer"), 204);
    });
    assert_eq!(caller.get(&path).text(), "kept");
    assert_eq!(stored(&app).len(), 1);
}

/// A table whose name has what follows the key of an image in those of its copies.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "x-thumbs", public(create, get, patch, delete))]
pub struct Preview {
    pub id: i32,
    #[resource(file(max = "1KiB", types("text/plain")))]
    pub page: Option<FileRef>,
}

#[test]
fn a_sweep_keeps_the_files_of_every_table() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Preview>());
        let caller = app.anonymous();
        let path = {
            let row = created(caller.post("/api/v1/previews", json!({})));
            format!("/api/v1/previews/{}/page", row["id"])
        };
        uploaded(&caller, &path, "text/plain", b"kept");
        let swept = app.block_on(resourceful::Sweep::new().of_any_age().run(app.ctx())).expect("swept");
        assert_eq!((swept.seen, swept.removed), (1, Vec::<String>::new()));
        assert_eq!(caller.get(&path).text(), "kept");
    }
}

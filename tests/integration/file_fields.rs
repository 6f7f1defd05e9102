//! Fields that are files: uploads, downloads, removals, smaller copies, and what remains in the storage after each.

mod access;
mod cleanup;
mod concurrent;
mod downloads;
mod gathered;
mod images;
mod mounted;
mod resources;
mod rows;
mod services;
mod thumbs;
mod uploads;
mod vanishing;

use futures_util::TryStreamExt;
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::storage::{LocalFiles, Storage};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use self::resources::{Document, Folder, Strict};
use crate::support::created;
use crate::support::s3::S3Server;

const PNG: &[u8] = include_bytes!("file_fields/photo.png");
const BOMB: &[u8] = include_bytes!("file_fields/bomb.png");
const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n";

/// Runs a test on both databases, and with files in memory, in a folder and in S3.
fn on_all(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}, in memory");
        test(&app(database, None));
        println!("on {database:?}, in a folder");
        let folder = tempfile::tempdir().expect("a folder");
        test(&app(database, Some(Storage::new(LocalFiles::open(folder.path()).expect("a storage")))));
        println!("on {database:?}, in S3");
        let server = S3Server::start();
        test(&app(database, Some(server.storage())));
        assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
    }
}

fn app(database: TestDatabase, storage: Option<Storage>) -> TestApp {
    TestApp::start_on(database, |app| {
        let app = app.resource::<Folder>().resource::<Document>().resource::<Strict>();
        match storage {
            Some(storage) => app.storage(storage),
            None => app,
        }
    })
}

/// A user with every permission except those of fields.
fn user(id: &str) -> CurrentUser {
    CurrentUser::new(id).with_permissions([
        "folders:*",
        "documents:read",
        "documents:write",
        "documents:delete",
        "stricts:*",
    ])
}

fn ada(app: &TestApp) -> Caller<'_> {
    app.as_user(user("auth0|ada"))
}

/// Creates a document and returns its path.
#[track_caller]
fn document(caller: &Caller<'_>, values: Value) -> String {
    let mut body = json!({"name": "Plan"});
    body.as_object_mut().expect("an object").extend(values.as_object().cloned().unwrap_or_default());
    let row = created(caller.post("/api/v1/documents", body));
    format!("/api/v1/documents/{}", row["id"].as_str().expect("an id"))
}

/// Uploads a file as the body of a request.
fn upload(caller: &Caller<'_>, path: &str, content_type: &str, content: &[u8]) -> Answer {
    caller.send("PUT", path, &[("content-type", content_type)], Some(content.to_vec()))
}

/// Uploads a file, which must succeed, and returns the row.
#[track_caller]
fn uploaded(caller: &Caller<'_>, path: &str, content_type: &str, content: &[u8]) -> Value {
    let answer = upload(caller, path, content_type, content);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The keys of everything in the storage.
fn stored(app: &TestApp) -> Vec<String> {
    let listed = app.block_on(app.ctx().storage().list("").map_ok(|entry| entry.key.to_string()).try_collect());
    listed.expect("a list")
}

//! Signed links to store a file: what they allow, and what is checked afterwards.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use resourceful::storage::{FileName, PresignedUpload, StorageErrorKind, UploadOptions};
use resourceful::testing::{TestApp, TestDatabase};

use super::exchange::{exchange, raw};
use super::links::{HOUR, local};
use super::{block_on, body, get, key};
use crate::support::s3::S3Server;

#[test]
fn an_upload_link_takes_what_was_agreed() {
    let local = local();
    let caller = local.app.anonymous();
    let key = key("up/a.txt");
    let agreed = UploadOptions::new("text/plain").size_limit(10).file_name(FileName::parse("ä.txt").expect("a name"));
    let upload: PresignedUpload =
        local.app.block_on(local.storage.presigned_upload(&key, HOUR, agreed.clone())).expect("a link");
    assert_eq!(upload.method, "PUT");
    assert_eq!(upload.headers, [("content-type".to_owned(), "text/plain".to_owned())]);
    let send = |path: &str, kind: &str, body: &str| {
        caller.send("PUT", path, &[("content-type", kind)], Some(body.into())).status
    };
    assert_eq!(send(&upload.url, "text/html", "x"), 415);
    assert_eq!(send(&upload.url, "text/plain", "more than ten bytes"), 413);
    assert_eq!(caller.get(&upload.url).status, 404, "it is no link for reading");
    for changed in [
        upload.url.replace("limit=10", "limit=99"),
        upload.url.replace("text%2Fplain", "text%2Fhtml"),
        upload.url.replace("a.txt", "b.txt"),
        upload.url.replace("name=", "name=x"),
    ] {
        assert_ne!(changed, upload.url);
        assert_eq!(send(&changed, "text/plain", "x"), 404, "{changed}");
        assert_eq!(send(&changed, "text/html", "x"), 404, "{changed}");
    }
    assert!(local.app.block_on(local.storage.confirm(&key, &agreed)).is_err(), "nothing was stored");
    let encoded = [("content-type", "text/plain"), ("content-encoding", "gzip")];
    assert_eq!(caller.send("PUT", &upload.url, &encoded, Some(b"x".into())).status, 415);
    assert_eq!(send(&upload.url, "text/plain", "ten bytes!"), 200);
    let found = local.app.block_on(local.storage.confirm(&key, &agreed)).expect("as agreed");
    assert_eq!((found.size, found.content_type.as_str()), (10, "text/plain"));
    assert_eq!(found.file_name.expect("a name").as_str(), "ä.txt");
    // What was confirmed cannot be replaced.
    assert_eq!(send(&upload.url, "text/plain", "others"), 412);
    assert_eq!(local.app.block_on(get(&local.storage, "up/a.txt", None)).expect("found"), b"ten bytes!");
    // Without an announced length the bytes are counted.
    let agreed = UploadOptions::new("text/plain").size_limit(10);
    let upload =
        local.app.block_on(local.storage.presigned_upload(&super::key("up/b.txt"), HOUR, agreed)).expect("a link");
    let chunked =
        format!("Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n14\r\n{}\r\n0\r\n\r\n", "x".repeat(20));
    let answer =
        raw(local.app.address(), &format!("PUT {} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{chunked}", upload.url));
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert_eq!(super::files_in(&local.folder.path().join("~tmp")), Vec::<String>::new());
    assert!(local.app.block_on(get(&local.storage, "up/b.txt", None)).is_err());
}

#[test]
fn an_upload_may_be_larger_than_other_bodies_and_slow_ones_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let settings = [
        ("STORAGE_PROVIDER", "local"),
        ("STORAGE_LOCAL_PATH", path.as_str()),
        ("BODY_LIMIT", "1000"),
        ("UPLOAD_LIMIT", "3000000"),
        ("BODY_TIMEOUT", "0.5"),
    ];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app);
    let storage = app.ctx().storage();
    assert_eq!(storage.upload_limit(), 3_000_000);
    let key = key("large");
    let upload = app.block_on(storage.presigned_upload(&key, HOUR, UploadOptions::new("a/b"))).expect("a link");
    let send = |size: usize| {
        let answer = app.anonymous().send("PUT", &upload.url, &[("content-type", "a/b")], Some(vec![7; size]));
        (answer.status, answer.problem())
    };
    assert_eq!(send(3_000_001), (413, Some("payload-too-large".to_owned())));
    assert_eq!(send(3_000_000), (200, None));
    let upload =
        app.block_on(storage.presigned_upload(&super::key("other"), HOUR, UploadOptions::new("a/b"))).expect("a link");
    // A client that stops in the middle is not waited for.
    let head = format!("PUT {} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nContent-Type: a/b\r\n\r\n", upload.url);
    let answer = raw(app.address(), &format!("{head}only this"));
    assert_eq!(answer.status, 408, "{}", answer.body);
    // One that goes away leaves nothing.
    let mut stream = TcpStream::connect(app.address()).expect("the server listens");
    stream.write_all(format!("{head}only this").as_bytes()).expect("sent");
    drop(stream);
    for _ in 0..100 {
        if super::files_in(&folder.path().join("~tmp")).is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(super::files_in(&folder.path().join("~tmp")), Vec::<String>::new());
    assert_eq!(app.block_on(storage.head(&key)).expect("found").size, 3_000_000);
}

#[test]
fn an_upload_to_s3_is_of_the_agreed_type_and_is_confirmed() {
    let server = S3Server::start();
    let storage = server.storage();
    let key = key("up/a.png");
    let agreed = UploadOptions::new("image/png").size_limit(10).file_name(FileName::parse("ä.png").expect("a name"));
    let upload = block_on(storage.presigned_upload(&key, HOUR, agreed.clone())).expect("a link");
    let path = upload.url.strip_prefix(&format!("http://{}", server.address)).expect("an address of the server");
    let headers: Vec<(&str, &str)> =
        upload.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let send = |headers: &[(&str, &str)], body: &[u8]| exchange(server.address, "PUT", path, headers, body).status;
    let replaced = |header: &str, value: &'static str| {
        let changed = headers.iter().map(|(name, old)| (*name, if *name == header { value } else { *old }));
        changed.collect::<Vec<_>>()
    };
    // The type and what else was agreed are part of the signature.
    assert_eq!(send(&replaced("content-type", "text/html"), b"x"), 403);
    assert_eq!(send(&replaced("content-disposition", "inline"), b"x"), 403);
    assert_eq!(send(&[], b"x"), 403);
    assert!(!block_on(storage.exists(&key)).expect("an answer"));
    // Its size is not: what was stored is removed when it is looked at.
    assert_eq!(send(&headers, b"more than ten bytes"), 200);
    let error = block_on(storage.confirm(&key, &agreed)).expect_err("too large");
    assert_eq!(error.kind(), StorageErrorKind::TooLarge);
    assert!(!block_on(storage.exists(&key)).expect("an answer"));
    assert_eq!(send(&headers, b"ten bytes!"), 200);
    let found = block_on(storage.confirm(&key, &agreed)).expect("as agreed");
    assert_eq!((found.size, found.content_type.as_str()), (10, "image/png"));
    // What was confirmed cannot be replaced, and the header that says so is part of the signature.
    assert_eq!(send(&headers, b"others"), 412);
    let without: Vec<(&str, &str)> = headers.iter().copied().filter(|(name, _)| *name != "if-none-match").collect();
    assert_eq!(send(&without, b"others"), 403);
    assert_eq!(block_on(get(&storage, "up/a.png", None)).expect("found"), b"ten bytes!");
    assert_eq!(found.file_name.expect("a name").as_str(), "ä.png");
    let other = block_on(storage.confirm(&key, &UploadOptions::new("image/gif"))).expect_err("another type");
    assert_eq!(resourceful::Error::from(other).slug(), "unexpected-file");
    assert!(!block_on(storage.exists(&key)).expect("an answer"));
    // Others who read the object learn that it is saved, and not shown.
    block_on(storage.upload(&key, body(5), UploadOptions::new("text/html"))).expect("stored");
    let url = block_on(storage.url(&key)).expect("a link");
    let answer = exchange(server.address, "GET", url.split_once(&server.address.to_string()).expect("its").1, &[], b"");
    assert_eq!(answer.header("content-disposition").as_deref(), Some("attachment"));
}

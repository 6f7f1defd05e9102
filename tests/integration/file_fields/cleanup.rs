//! What remains in the storage: nothing that no row has, and everything that a row has.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp};

use super::{PNG, ada, document, on_all, stored, uploaded};
use crate::support::created;

fn folder(caller: &Caller<'_>, parent: Option<&Value>) -> Value {
    created(caller.post("/api/v1/folders", json!({"name": "Folder", "parentId": parent})))["id"].clone()
}

#[test]
fn a_replaced_file_is_removed_after_the_commit() {
    on_all(|app| {
        let ada = ada(app);
        let row = document(&ada, json!({}));
        let path = format!("{row}/attachment");
        uploaded(&ada, &path, "image/png", PNG);
        assert_eq!(ada.get(&format!("{path}/thumbs/20x20")).status, 200);
        let first = stored(app);
        uploaded(&ada, &path, "text/plain", b"two");
        let second = stored(app);
        assert_eq!(second.len(), 1);
        assert!(!first.contains(&second[0]));
        assert_eq!(ada.patch(&row, json!({"name": "Other"})).status, 200);
        assert_eq!(stored(app), second, "a change of other fields keeps it");
        assert_eq!(ada.delete(&row).status, 204);
        assert!(stored(app).is_empty());
    });
}

#[test]
fn files_of_rows_that_are_deleted_with_others_are_removed() {
    on_all(|app| {
        let ada = ada(app);
        let top = folder(&ada, None);
        let below = folder(&ada, Some(&top));
        let beside = folder(&ada, None);
        for parent in [&top, &top, &below, &beside] {
            let row = document(&ada, json!({"folderId": parent}));
            uploaded(&ada, &format!("{row}/attachment"), "text/plain", b"one");
            uploaded(&ada, &format!("{row}/note"), "text/plain", b"two");
        }
        assert_eq!(stored(app).len(), 8);
        let folder = top.as_str().expect("an id");
        assert_eq!(ada.delete(&format!("/api/v1/folders/{folder}")).status, 204);
        assert_eq!(stored(app).len(), 2, "those of the other folder");
    });
}

/// Sends the head of an upload and a part of its body, and goes away.
fn vanish(app: &TestApp, path: &str, token: &str, head: &str, part: &[u8], reset: bool) {
    let mut stream = TcpStream::connect(app.address()).expect("connects");
    let head = format!("PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n{head}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let _ = stream.write_all(part);
    std::thread::sleep(Duration::from_millis(50));
    if reset {
        // Unread bytes make the system reset the connection.
        drop(stream);
    } else {
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[test]
fn a_client_that_vanishes_leaves_nothing() {
    on_all(|app| {
        let ada = ada(app);
        let row = document(&ada, json!({}));
        let path = format!("{row}/attachment");
        uploaded(&ada, &path, "text/plain", b"before");
        let before = stored(app);
        let token = app.issuer().token(&super::user("auth0|ada"));
        let half = vec![b'a'; 500_000];
        for reset in [false, true] {
            let raw = "content-type: text/plain\r\ncontent-length: 1000000";
            vanish(app, &path, &token, raw, &half, reset);
            let chunked = "content-type: text/plain\r\ntransfer-encoding: chunked";
            let chunk = [format!("{:x}\r\n", half.len()).as_bytes(), &half, b"\r\n"].concat();
            vanish(app, &path, &token, chunked, &chunk, reset);
            let form = "content-type: multipart/form-data; boundary=xyz\r\ncontent-length: 1000000";
            let begin = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: text/plain\r\n\r\n";
            vanish(app, &path, &token, form, &[begin.as_slice(), &half].concat(), reset);
        }
        let until = Instant::now() + Duration::from_secs(20);
        while stored(app) != before && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(stored(app), before);
        assert_eq!(ada.get(&path).text(), "before");
        let leftovers = app.block_on(app.ctx().storage().sweep(Duration::ZERO)).expect("swept");
        assert_eq!(leftovers, 0, "no part of a file remains");
    });
}

//! A storage whose answers are late or missing, and clients that do not wait for them.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use resourceful::serde_json::json;
use resourceful::storage::{S3Settings, Storage, s3};
use resourceful::testing::{TestApp, TestDatabase};

use super::{ada, app, document, stored, upload, uploaded};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::refused;
use crate::support::s3::{S3Server, settings_at};

/// An application whose files are in S3, behind a proxy that lets a test break the connection.
struct Behind {
    server: S3Server,
    proxy: FaultProxy,
    app: TestApp,
    /// The proxy ends when this is dropped.
    _end: tokio::sync::oneshot::Sender<()>,
}

fn behind(timeout: u64) -> Behind {
    let server = S3Server::start();
    let (address, (started, starting)) = (server.address, std::sync::mpsc::channel());
    let (end, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            started.send(FaultProxy::start(address, Fault::None).await).expect("the test waits");
            let _ = ended.await;
        });
    });
    let proxy = starting.recv().expect("the proxy starts");
    let settings = S3Settings { timeout: Duration::from_secs(timeout), ..settings_at(proxy.address()) };
    let app = app(TestDatabase::Sqlite, Some(Storage::new(s3(&settings).expect("valid settings"))));
    Behind { server, proxy, app, _end: end }
}

impl Behind {
    /// The keys in the bucket, without the proxy.
    fn keys(&self) -> Vec<String> {
        self.app.block_on(async {
            use futures_util::TryStreamExt;
            self.server.storage().list("").map_ok(|entry| entry.key.to_string()).try_collect().await.expect("a list")
        })
    }

    /// Waits until the bucket has this many files, or for a minute.
    fn settled(&self, count: usize) -> Vec<String> {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let keys = self.keys();
            if keys.len() == count || Instant::now() > until {
                return keys;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_client_that_leaves_after_its_last_byte_leaves_no_file_without_a_row() {
    let behind = behind(60);
    let ada = ada(&behind.app);
    let row = document(&ada, json!({}));
    let path = format!("{row}/attachment");
    uploaded(&ada, &path, "text/plain", b"before");
    let before = behind.keys();
    behind.proxy.set(Fault::LateAnswer(3000));
    // New connections get the fault.
    for number in 0..3 {
        let token = behind.app.issuer().token(&super::user("auth0|ada"));
        let mut stream = TcpStream::connect(behind.app.address()).expect("connects");
        let body = format!("number {number}");
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("sent");
        // The file is in the bucket, and nobody knows it yet.
        let until = Instant::now() + Duration::from_secs(20);
        while behind.keys().len() < 2 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        socket_reset(stream);
    }
    behind.proxy.set(Fault::None);
    assert_eq!(behind.settled(1).len(), 1, "of the row: {before:?}");
    assert_eq!(ada.get(&path).status, 200);
}

/// Closes a connection so that the other side notices at once.
fn socket_reset(stream: TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

#[test]
fn an_upload_that_the_storage_does_not_confirm_leaves_nothing() {
    let behind = behind(2);
    let ada = ada(&behind.app);
    let row = document(&ada, json!({}));
    let path = format!("{row}/attachment");
    uploaded(&ada, &path, "text/plain", b"before");
    let before = behind.keys();
    for fault in [Fault::StalledAnswer(0), Fault::Overloaded(usize::MAX), Fault::ResetAnswer(0, usize::MAX)] {
        behind.proxy.set(fault);
        // Idle connections are those from before.
        let answers: Vec<_> = (0..3).map(|_| upload(&ada, &path, "text/plain", b"after")).collect();
        assert!(answers.iter().any(|answer| answer.status == 503), "{fault:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            refused(answer, 503, "storage-unavailable", &format!("{fault:?}"));
            assert!(answer.header("retry-after").is_some());
        }
    }
    behind.proxy.set(Fault::None);
    let settled = behind.settled(1);
    assert_eq!(settled.len(), 1, "{settled:?}, before {before:?}");
    assert_eq!(ada.get(&path).status, 200);
    assert_eq!(stored(&behind.app), settled);
}

#[test]
fn a_storage_that_is_down_when_the_former_file_is_removed_is_no_failure() {
    let behind = behind(2);
    let ada = ada(&behind.app);
    let row = document(&ada, json!({}));
    let path = format!("{row}/attachment");
    uploaded(&ada, &path, "text/plain", b"before");
    behind.proxy.set(Fault::Silent);
    // Removing the file of a row is a write of the row; the storage follows when it can.
    let removed = ada.delete(&path);
    assert_eq!(removed.status, 204, "{}", removed.text());
    refused(&ada.get(&path), 404, "not-found", "the row has none");
}

//! What S3 and the way to it can do wrong.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt};
use resourceful::storage::{S3Settings, Storage, StorageErrorKind, UploadOptions, s3};
use resourceful::{Error, SecretText};

use super::{block_on, body, content, get, key, put, text};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::s3::{S3Server, settings_at};

const MIB: usize = 1024 * 1024;

fn through(proxy: &FaultProxy, timeout: u64) -> Storage {
    let settings = S3Settings { timeout: Duration::from_secs(timeout), ..settings_at(proxy.address()) };
    Storage::new(s3(&settings).expect("valid settings"))
}

/// Every operation fails, and with the answer of a storage that may work later.
async fn all_fail(storage: &Storage, what: &str) {
    let started = Instant::now();
    let name = key("a");
    let uploads = async |size| storage.upload(&name, body(size), UploadOptions::new("a/b")).await.map(drop);
    let answers = tokio::join!(
        async { storage.head(&name).await.map(drop) },
        async { storage.download(&name, None).await.map(drop) },
        async { storage.delete(&name).await },
        async { storage.copy(&name, &key("b")).await },
        async { storage.exists(&name).await.map(drop) },
        async { storage.list("").try_collect::<Vec<_>>().await.map(drop) },
        uploads(10),
        uploads(20 * MIB),
    );
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5, answers.6, answers.7];
    for (number, answer) in answers.into_iter().enumerate() {
        let error = answer.expect_err(what);
        assert_eq!(error.kind(), StorageErrorKind::Unavailable, "{what} {number}: {error}");
        let error = Error::from(error);
        assert_eq!((error.status(), error.slug()), (503, "storage-unavailable"), "{what}");
        assert!(error.retry_after().is_some(), "{what}");
        assert!(!error.detail().contains("127.0.0.1"), "{what}: {}", error.detail());
    }
    // Ten seconds, and what an upload of several parts needs to clean up; the machine may be busy.
    assert!(started.elapsed() < Duration::from_secs(30), "{what}: {:?}", started.elapsed());
}

#[test]
fn a_storage_that_is_down_is_unavailable() {
    let server = S3Server::start();
    block_on(async {
        for fault in [Fault::Closed, Fault::Silent, Fault::Overloaded(usize::MAX), Fault::StalledAnswer(0)] {
            let proxy = FaultProxy::start(server.address, fault).await;
            all_fail(&through(&proxy, 3), &format!("{fault:?}")).await;
        }
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let free = nobody.expect("a port that was free");
        let settings = S3Settings { timeout: Duration::from_secs(3), ..settings_at(free) };
        all_fail(&Storage::new(s3(&settings).expect("valid settings")), "nobody listens").await;
    });
}

#[test]
fn an_operation_that_can_be_repeated_is_repeated() {
    let server = S3Server::start();
    block_on(async {
        for fault in [Fault::Overloaded(2), Fault::ResetAnswer(0, 2)] {
            let proxy = FaultProxy::start(server.address, fault).await;
            let storage = through(&proxy, 9);
            put(&storage, "again", "again").await;
            assert_eq!(get(&storage, "again", None).await.expect("found"), b"again", "{fault:?}");
            assert!(proxy.connections() > 2, "{fault:?}");
        }
    });
}

#[test]
fn a_download_that_breaks_in_the_middle_goes_on_where_it_was() {
    let server = S3Server::start();
    block_on(async {
        server.storage().upload(&key("large"), body(6 * MIB), UploadOptions::new("a/b")).await.expect("stored");
        let proxy = FaultProxy::start(server.address, Fault::ResetAnswer(2 * MIB, 1)).await;
        let found = get(&through(&proxy, 9), "large", None).await.expect("found");
        assert!(found == content(6 * MIB));
        assert!(proxy.connections() > 1, "it did break");
        // One that stalls for ever ends with an error, after what had arrived.
        let proxy = FaultProxy::start(server.address, Fault::StalledAnswer(2 * MIB)).await;
        let download = through(&proxy, 2).download(&key("large"), None).await.expect("it begins");
        let answer = download.stream.try_collect::<Vec<_>>().await.map_err(|error| error.kind());
        assert_eq!(answer, Err(StorageErrorKind::Unavailable));
    });
}

#[test]
fn an_upload_that_breaks_in_the_middle_leaves_nothing() {
    let server = S3Server::start();
    block_on(async {
        // Each connection breaks after some of a part.
        let proxy = FaultProxy::start(server.address, Fault::ResetRequest(3 * MIB)).await;
        let upload = through(&proxy, 5).upload(&key("large"), body(20 * MIB), UploadOptions::new("a/b")).await;
        assert_eq!(upload.expect_err("it breaks").kind(), StorageErrorKind::Unavailable);
        assert!(!server.storage().exists(&key("large")).await.expect("an answer"));
        for _ in 0..600 {
            if server.leftovers().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?} remain", server.leftovers());
    });
}

#[test]
fn what_an_unfinished_upload_has_stored_is_seen_and_removed() {
    let server = S3Server::start();
    block_on(async {
        // Two parts arrive, and then nothing more.
        let stops = body(20 * MIB).chain(futures_util::stream::pending());
        let storage = server.storage();
        let upload =
            tokio::spawn(
                async move { storage.upload(&key("large"), stops, UploadOptions::new("a/b")).await.map(drop) },
            );
        for is_empty in [false, true] {
            for _ in 0..600 {
                if server.leftovers().is_empty() == is_empty {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(server.leftovers().is_empty(), is_empty, "{:?}", server.leftovers());
            upload.abort();
        }
        assert!(!server.storage().exists(&key("large")).await.expect("an answer"));
    });
}

#[test]
fn wrong_credentials_are_no_fault_of_the_caller() {
    let server = S3Server::start();
    block_on(async {
        let mut settings = server.settings();
        for (name, value) in &mut settings.credentials {
            if name == "AWS_SECRET_ACCESS_KEY" {
                *value = SecretText("another-secret-key".to_owned());
            }
        }
        let storage = Storage::new(s3(&settings).expect("valid settings"));
        let answer = storage.upload(&key("a"), text("x"), UploadOptions::new("a/b")).await;
        let error = answer.expect_err("the signature is wrong");
        assert_eq!(error.kind(), StorageErrorKind::Refused, "{error}");
        assert!(!error.to_string().contains("another-secret-key"), "{error}");
        let error = Error::from(error);
        assert_eq!((error.status(), error.slug()), (500, "internal-error"));
        assert!(!server.storage().exists(&key("a")).await.expect("an answer"));
    });
}

//! Files: one behaviour with every provider, what S3 and a disk can do wrong, and signed links.

mod exchange;
mod files_on_disk;
mod links;
mod names;
mod providers;
mod s3_faults;
mod settings;
mod upload_links;

use std::future::Future;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use resourceful::actix_web::web::Bytes;
use resourceful::storage::{ByteRange, Key, LocalFiles, Storage, StorageError, UploadOptions};

use crate::support::s3::S3Server;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

fn key(text: &str) -> Key {
    Key::parse(text).expect("a key")
}

/// A storage of each kind.
struct Storages {
    local: Storage,
    s3: Storage,
    memory: Storage,
    folder: tempfile::TempDir,
    server: S3Server,
}

impl Storages {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = S3Server::start();
        Self {
            local: Storage::new(LocalFiles::open(folder.path()).expect("a folder")),
            s3: server.storage(),
            memory: Storage::in_memory(),
            folder,
            server,
        }
    }

    fn each(&self) -> [(&'static str, &Storage); 3] {
        [("local", &self.local), ("s3", &self.s3), ("memory", &self.memory)]
    }

    /// What uploads that did not end well have left.
    fn leftovers(&self) -> Vec<String> {
        let mut all = self.server.leftovers();
        all.extend(files_in(&self.folder.path().join("~tmp")));
        all
    }
}

fn files_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.path().display().to_string()).collect()
}

/// Bytes that differ everywhere, in portions as they arrive from a client.
fn body(size: usize) -> impl Stream<Item = Result<Bytes, resourceful::Error>> {
    stream::iter(portions(size)).map(Ok)
}

fn portions(size: usize) -> Vec<Bytes> {
    let all = content(size);
    all.chunks(60_000).map(Bytes::copy_from_slice).collect()
}

fn content(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut all = Vec::with_capacity(size + 8);
    while all.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all.extend_from_slice(&state.to_le_bytes());
    }
    all.truncate(size);
    all
}

fn text(text: &'static str) -> impl Stream<Item = Result<Bytes, resourceful::Error>> {
    stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
}

async fn put(storage: &Storage, name: &str, content: &'static str) {
    let options = UploadOptions::new("text/plain");
    storage.upload(&key(name), text(content), options).await.expect("it is stored");
}

async fn get(storage: &Storage, name: &str, range: Option<ByteRange>) -> Result<Vec<u8>, StorageError> {
    let download = storage.download(&key(name), range).await?;
    let length = download.range.end - download.range.start;
    let bytes = download.stream.try_fold(Vec::new(), |mut all, part| async move {
        all.extend_from_slice(&part);
        Ok(all)
    });
    let bytes = bytes.await?;
    assert_eq!(bytes.len() as u64, length, "the range of a download of {name}");
    Ok(bytes)
}

async fn keys(storage: &Storage, folder: &str) -> Vec<String> {
    let list: Vec<_> = storage.list(folder).try_collect().await.expect("a list");
    list.into_iter().map(|entry| entry.key.to_string()).collect()
}

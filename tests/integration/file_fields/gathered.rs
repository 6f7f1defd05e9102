//! The files that one transaction leaves without a row are removed together, and not one write after the other.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::storage::object_store::memory::InMemory;
use resourceful::storage::{
    About, Body, ByteStream, Entry, Key, Meta, Objects, Storage, StorageError, StorageProvider,
};
use resourceful::testing::TestDatabase;

use super::resources::document;
use super::{ada, app, document as new_document, stored, uploaded};

type Answer<'a, T> = BoxFuture<'a, Result<T, StorageError>>;

/// A storage that counts how many files are being removed at the same time.
struct Counting {
    files: Objects,
    now: AtomicUsize,
    most: Arc<AtomicUsize>,
}

impl StorageProvider for Counting {
    fn put<'a>(&'a self, key: &'a Key, about: &'a About, body: Body) -> Answer<'a, Option<String>> {
        self.files.put(key, about, body)
    }
    fn read<'a>(&'a self, key: &'a Key, range: Option<Range<u64>>) -> Answer<'a, (Meta, ByteStream)> {
        self.files.read(key, range)
    }
    fn head<'a>(&'a self, key: &'a Key) -> Answer<'a, Meta> {
        self.files.head(key)
    }
    fn delete<'a>(&'a self, key: &'a Key) -> Answer<'a, ()> {
        Box::pin(async move {
            self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.files.delete(key).await
        })
    }
    fn list<'a>(&'a self, folder: &'a str, after: Option<&'a Key>, limit: usize) -> Answer<'a, Vec<Entry>> {
        self.files.list(folder, after, limit)
    }
    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> Answer<'a, ()> {
        self.files.copy(from, to)
    }
}

#[test]
fn the_files_of_a_transaction_are_removed_at_the_same_time() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let most = Arc::new(AtomicUsize::new(0));
        let files = Objects::new(InMemory::new()).ordered();
        let storage = Storage::new(Counting { files, now: AtomicUsize::new(0), most: most.clone() });
        let app = app(database, Some(storage));
        let ada = ada(&app);
        let rows: Vec<String> = (0..5).map(|_| new_document(&ada, json!({}))).collect();
        for row in &rows {
            uploaded(&ada, &format!("{row}/attachment"), "text/plain", b"one");
        }
        let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.rsplit('/').next()?.parse().ok()).collect();
        let done = app.block_on(app.ctx().transaction(async |tx| {
            let documents = document::Service::as_system(&tx);
            for id in &ids {
                documents.remove_file(*id, document::Column::Attachment).await?;
            }
            Ok::<_, Error>(())
        }));
        done.expect("committed");
        assert_eq!(most.load(Ordering::SeqCst), 5, "on {database:?}");
        assert!(stored(&app).is_empty());
    }
}

//! A provider, and whether it worked the last time.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::body::Body;
use super::error::{StorageError, StorageErrorKind};
use super::key::Key;
use super::provider::{About, ByteStream, Entry, Meta, PresignedUpload, StorageProvider};

/// A provider, and whether it worked the last time.
pub(super) struct Watched {
    provider: Box<dyn StorageProvider>,
    is_failing: AtomicBool,
}

impl Watched {
    pub(super) fn new(provider: impl StorageProvider) -> Self {
        Self { provider: Box::new(provider), is_failing: AtomicBool::new(false) }
    }

    /// Whether it could not be used the last time.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    fn noted<'a, T>(&'a self, work: BoxFuture<'a, Result<T, StorageError>>) -> BoxFuture<'a, Result<T, StorageError>>
    where
        T: Send + 'a,
    {
        let note = move |done: &Result<T, StorageError>| {
            use StorageErrorKind::{Full, Interrupted, Refused, Unavailable};
            let is_failing = match done.as_ref().map_err(StorageError::kind) {
                // The body failed, before the provider could.
                Err(Interrupted) => return,
                Err(Full | Unavailable | Refused) => true,
                _ => false,
            };
            self.is_failing.store(is_failing, Ordering::Relaxed);
        };
        work.inspect(note).boxed()
    }
}

impl StorageProvider for Watched {
    fn put<'a>(
        &'a self,
        key: &'a Key,
        about: &'a About,
        body: Body,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        self.noted(self.provider.put(key, about, body))
    }

    fn read<'a>(
        &'a self,
        key: &'a Key,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<(Meta, ByteStream), StorageError>> {
        self.noted(self.provider.read(key, range))
    }

    fn head<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Meta, StorageError>> {
        self.noted(self.provider.head(key))
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        self.noted(self.provider.delete(key))
    }

    fn list<'a>(
        &'a self,
        folder: &'a str,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        self.noted(self.provider.list(folder, after, limit))
    }

    fn page_size(&self) -> usize {
        self.provider.page_size()
    }

    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        self.noted(self.provider.copy(from, to))
    }

    // Most signatures are made without the provider's server, so they say nothing about it.
    fn sign_download<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        disposition: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        self.provider.sign_download(key, expires, disposition)
    }

    fn sign_upload<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        about: &'a About,
    ) -> BoxFuture<'a, Result<Option<PresignedUpload>, StorageError>> {
        self.provider.sign_upload(key, expires, about)
    }

    fn sweep(&self, older_than: Duration) -> BoxFuture<'_, Result<u64, StorageError>> {
        self.noted(self.provider.sweep(older_than))
    }
}

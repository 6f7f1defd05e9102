//! The trait of adapters: where files are kept.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::body::Body;
use super::error::StorageError;
use super::file_name::FileName;
use super::key::Key;

/// The bytes of a file, or of a part of it.
pub type ByteStream = BoxStream<'static, Result<Bytes, StorageError>>;

/// What is stored with the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The media type, such as `image/png`.
    pub content_type: String,
    /// The name that the user gave the file.
    pub file_name: Option<FileName>,
}

/// What a provider knows about a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The number of bytes.
    pub size: u64,
    /// What was stored with it.
    pub about: About,
    /// The entity tag with its quotes: other bytes have another one.
    pub etag: Option<String>,
    /// When it was stored.
    pub last_modified: DateTime<Utc>,
}

/// A file in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// The number of bytes.
    pub size: u64,
    /// When it was stored.
    pub last_modified: DateTime<Utc>,
}

/// A request with which a client stores a file, without passing it through the application.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresignedUpload {
    /// `PUT`
    pub method: &'static str,
    /// The address, with the signature.
    pub url: String,
    /// Headers that the request must have, exactly as they are here.
    pub headers: Vec<(String, String)>,
    /// Until when it is accepted.
    pub expires_at: DateTime<Utc>,
}

impl PresignedUpload {
    /// A PUT request.
    pub fn put(url: String, headers: Vec<(String, String)>, expires_at: DateTime<Utc>) -> Self {
        Self { method: "PUT", url, headers, expires_at }
    }
}

/// A place where files are kept: the port that [`Storage`](super::Storage) uses, with an adapter for a folder
/// ([`LocalFiles`](super::LocalFiles)) and one for the stores of the crate `object_store` ([`Objects`](super::Objects)).
///
/// A method that takes longer than its caller wants should fail by itself with
/// [`Unavailable`](super::StorageErrorKind::Unavailable), within 10 seconds.
pub trait StorageProvider: Send + Sync + 'static {
    /// Stores a file, and replaces the one that has the key. The answer is its entity tag, with quotes.
    ///
    /// Nobody may see a file before it is complete: before [`Body::next`] has returned `Ok(None)` and the method has returned.
    /// After an error of the body nothing of it may remain. The future is not dropped early.
    fn put<'a>(
        &'a self,
        key: &'a Key,
        about: &'a About,
        body: Body,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>>;

    /// A file, or these bytes of it. The range is within the size that [`head`](Self::head) has told.
    fn read<'a>(
        &'a self,
        key: &'a Key,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<(Meta, ByteStream), StorageError>>;

    /// What is known about a file.
    fn head<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Meta, StorageError>>;

    /// Removes a file. It is no error that there is none.
    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StorageError>>;

    /// At most `limit` files of a folder and the folders in it, the smallest keys after `after`, in the order of the bytes of
    /// their keys. An empty folder name is everything.
    fn list<'a>(
        &'a self,
        folder: &'a str,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>>;

    /// How many files one call of [`list`](Self::list) should return; 1000, the default, is what object stores do. A provider that must
    /// look at a whole folder for each call returns more.
    fn page_size(&self) -> usize {
        1000
    }

    /// Copies a file with what was stored with it, and replaces the file that has the other key.
    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> BoxFuture<'a, Result<(), StorageError>>;

    /// A link to a file that is valid for this time, with the `Content-Disposition` that the answer must have. `None`, the
    /// default, if the provider has no such links: then the application signs and serves them itself.
    fn sign_download<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        disposition: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        let _ = (key, expires, disposition);
        Box::pin(async { Ok(None) })
    }

    /// A request with which a client that has no account stores a file. `None`, the default, as for
    /// [`sign_download`](Self::sign_download).
    fn sign_upload<'a>(
        &'a self,
        key: &'a Key,
        expires: Duration,
        about: &'a About,
    ) -> BoxFuture<'a, Result<Option<PresignedUpload>, StorageError>> {
        let _ = (key, expires, about);
        Box::pin(async { Ok(None) })
    }

    /// Removes what interrupted uploads have left, if nothing was added to it for this time. The answer is how many files that
    /// were; 0, the default, where nothing is left or the provider does it by itself.
    fn sweep(&self, older_than: Duration) -> BoxFuture<'_, Result<u64, StorageError>> {
        let _ = older_than;
        Box::pin(async { Ok(0) })
    }
}

//! Files in a store of the crate `object_store`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    Attribute, AttributeValue, Attributes, CopyOptions, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload,
};

use super::body::Body;
use super::disposition::disposition;
use super::error::{StorageError, StorageErrorKind};
use super::file_name::FileName;
use super::key::Key;
use super::provider::{About, ByteStream, Entry, Meta, StorageProvider};
use super::room::Taken;

/// The size of a part of a large file. S3 takes 10 000 parts, so a file can have 80 GiB.
const PART: usize = 8 * 1024 * 1024;

/// How many parts are sent at the same time, while the next one arrives.
const IN_FLIGHT: usize = 2;

/// How long a store may take for one operation, for one part, and for the next bytes of a file.
const PATIENCE: Duration = Duration::from_secs(9);

/// How long a store may take to join the parts of a large file, or to copy one: it may do so by reading and writing all of it.
pub(super) const JOINING: Duration = Duration::from_secs(300);

/// The first memory of a part, which doubles until it has the size of one.
const FIRST: usize = 64 * 1024;

/// How long the removal of an interrupted upload may take.
const CLEANING: Duration = Duration::from_secs(5);

/// The metadata that holds the name that the user gave a file. Metadata is ASCII, so the name is in base64url.
const NAME: &str = "file-name";

/// What a file has without a content type.
const UNKNOWN: &str = "application/octet-stream";

/// Files in any store of the crate `object_store`, such as one in memory:
///
/// ```
/// use resourceful::storage::object_store::memory::InMemory;
/// use resourceful::storage::{Objects, Storage};
///
/// let storage = Storage::new(Objects::new(InMemory::new()));
/// ```
///
/// Files of more than 8 MiB are stored in parts. An operation that takes longer than 9 seconds fails; to join the parts of a file, and
/// to copy one, may take 5 minutes.
///
/// The store must keep content types and metadata ([`Attributes`]), as those of cloud providers do and
/// `object_store::local` does not.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    patience: Duration,
    /// The store lists objects in the order of their names.
    is_ordered: bool,
}

impl Objects {
    /// Files in this store.
    pub fn new(store: impl ObjectStore) -> Self {
        Self { store: Arc::new(store), patience: PATIENCE, is_ordered: false }
    }

    /// For a store that lists objects in the order of their names: a page of a list is then not the whole list.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.is_ordered = true;
        self
    }

    /// How long the store may take for one operation, for one part of 8 MiB, and for the next bytes of a file.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The headers of a request that stores a file of this kind, for S3.
    #[cfg(feature = "s3")]
    pub(super) fn headers(&self, about: &About) -> Vec<(String, String)> {
        let named = |(name, value): (&Attribute, &AttributeValue)| {
            let name = match name {
                Attribute::ContentType => "content-type".to_owned(),
                Attribute::ContentDisposition => "content-disposition".to_owned(),
                Attribute::Metadata(name) => format!("x-amz-meta-{name}"),
                _ => return None,
            };
            Some((name, value.as_ref().to_owned()))
        };
        attributes(about).iter().filter_map(named).collect()
    }

    async fn in_time<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> Result<T, StorageError> {
        in_time(self.patience, work).await
    }

    async fn put_parts(
        &self,
        path: &Path,
        attributes: Attributes,
        first: Part,
        parts: &mut Parts,
    ) -> Result<Option<String>, StorageError> {
        let options = PutMultipartOptions { attributes, ..Default::default() };
        let mut upload = self.in_time(self.store.put_multipart_opts(path, options)).await?;
        let sent = match self.send_parts(&mut *upload, first, parts).await {
            Ok(()) => in_time(JOINING.max(self.patience), upload.complete()).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(result) => Ok(result.e_tag.as_deref().map(quoted)),
            Err(error) => {
                // The parts occupy space until they are removed, and no list shows them.
                if let Err(unclean) = in_time(CLEANING, upload.abort()).await {
                    tracing::warn!(%path, error = %unclean, "the parts of an interrupted upload could not be removed");
                }
                Err(error)
            }
        }
    }

    async fn send_parts(
        &self,
        upload: &mut dyn MultipartUpload,
        first: Part,
        parts: &mut Parts,
    ) -> Result<(), StorageError> {
        let mut sending = FuturesUnordered::new();
        let sent = self.send_all(upload, first, parts, &mut sending).await;
        if sent.is_err() {
            // A part that arrives after the upload was given up would remain.
            let _ = tokio::time::timeout(self.patience, sending.for_each(|_| std::future::ready(()))).await;
        }
        sent
    }

    async fn send_all<'a>(
        &self,
        upload: &mut dyn MultipartUpload,
        first: Part,
        parts: &mut Parts,
        sending: &mut FuturesUnordered<BoxFuture<'a, Result<Taken, StorageError>>>,
    ) -> Result<(), StorageError> {
        let mut next = Some(first);
        while let Some(Part { bytes, taken }) = next {
            let mut spare = None;
            while sending.len() >= IN_FLIGHT {
                spare = sending.try_next().await?;
            }
            let sent = in_time(self.patience, upload.put_part(bytes.into()));
            sending.push(Box::pin(async move { sent.await.map(|()| taken) }));
            // The next part takes the memory of an earlier one where no other is free: an upload that goes on never fails for it.
            let room = match spare.or_else(|| parts.body.room().try_take(PART)) {
                Some(room) => room,
                None => sending.try_next().await?.ok_or_else(StorageError::interrupted)?,
            };
            // Parts that are being sent go on while the next one arrives.
            let mut arriving = std::pin::pin!(parts.next(Some(room)));
            next = loop {
                if sending.is_empty() {
                    break arriving.await?;
                }
                tokio::select! {
                    part = &mut arriving => break part?,
                    sent = sending.next() => drop(sent.transpose()?),
                }
            };
        }
        while sending.try_next().await?.is_some() {}
        Ok(())
    }
}

impl StorageProvider for Objects {
    fn put<'a>(
        &'a self,
        key: &'a Key,
        about: &'a About,
        body: Body,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        Box::pin(async move {
            let (path, attributes) = (path(key)?, attributes(about));
            let mut parts = Parts { body, rest: Bytes::new() };
            let no_bucket = |error: StorageError| error.or_refused("The bucket of the storage does not exist");
            let first = match parts.next(None).await? {
                Some(first) if first.bytes.len() >= PART => {
                    return self.put_parts(&path, attributes, first, &mut parts).await.map_err(no_bucket);
                }
                first => first,
            };
            let (bytes, _taken) = first.map(|Part { bytes, taken }| (bytes, taken)).unzip();
            let options = PutOptions { attributes, ..Default::default() };
            let put = self.store.put_opts(&path, PutPayload::from(bytes.unwrap_or_default()), options);
            Ok(self.in_time(put).await.map_err(no_bucket)?.e_tag.as_deref().map(quoted))
        })
    }

    fn read<'a>(
        &'a self,
        key: &'a Key,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<(Meta, ByteStream), StorageError>> {
        Box::pin(async move {
            let options = GetOptions { range: range.map(GetRange::Bounded), ..Default::default() };
            let result = self.in_time(self.store.get_opts(&path(key)?, options)).await?;
            let meta = meta(&result.meta, &result.attributes);
            let patience = self.patience;
            let stream = futures_util::stream::try_unfold(result.into_stream(), move |mut stream| async move {
                Ok(in_time(patience, stream.try_next()).await?.map(|bytes| (bytes, stream)))
            });
            Ok((meta, stream.boxed()))
        })
    }

    fn head<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Meta, StorageError>> {
        Box::pin(async move {
            let options = GetOptions { head: true, ..Default::default() };
            let result = self.in_time(self.store.get_opts(&path(key)?, options)).await?;
            Ok(meta(&result.meta, &result.attributes))
        })
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        Box::pin(async move { self.in_time(self.store.delete(&path(key)?)).await })
    }

    fn list<'a>(
        &'a self,
        folder: &'a str,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        Box::pin(async move {
            let folder = if folder.is_empty() { None } else { Some(Path::from(folder)) };
            let mut stream = match after {
                Some(after) => self.store.list_with_offset(folder.as_ref(), &path(after)?),
                None => self.store.list(folder.as_ref()),
            };
            // The smallest keys, in their order.
            let mut entries = BTreeMap::new();
            let no_bucket = |error: StorageError| error.or_refused("The bucket of the storage does not exist");
            while let Some(object) = self.in_time(stream.try_next()).await.map_err(no_bucket)? {
                // Objects of others can have names that are no keys.
                let Ok(key) = Key::parse(object.location.to_string()) else { continue };
                let entry = Entry { key: key.clone(), size: object.size, last_modified: object.last_modified };
                entries.insert(key, entry);
                if entries.len() > limit {
                    entries.pop_last();
                }
                if self.is_ordered && entries.len() >= limit {
                    break;
                }
            }
            Ok(entries.into_values().collect())
        })
    }

    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            let (from, to) = (path(from)?, path(to)?);
            // A store that does not answer is found here. A large file takes longer than an answer.
            let options = GetOptions { head: true, ..Default::default() };
            let size = self.in_time(self.store.get_opts(&from, options)).await?.meta.size;
            let patience = if size < PART as u64 { self.patience } else { JOINING.max(self.patience) };
            in_time(patience, self.store.copy_opts(&from, &to, CopyOptions::default())).await
        })
    }
}

async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = object_store::Result<T>>,
) -> Result<T, StorageError> {
    match tokio::time::timeout(patience, work).await {
        Ok(result) => result.map_err(failed),
        Err(late) => Err(StorageError::unavailable(late)),
    }
}

/// A part of a file, and the memory that it uses.
struct Part {
    bytes: Vec<u8>,
    taken: Taken,
}

/// A body in parts.
struct Parts {
    body: Body,
    /// What has arrived and belongs to the next part.
    rest: Bytes,
}

impl Parts {
    /// The next part, in memory that was taken for a whole one, or that is taken as it arrives. All parts have the same size, which
    /// some servers require, except the last one. `None` after it.
    async fn next(&mut self, room: Option<Taken>) -> Result<Option<Part>, StorageError> {
        let mut bytes = Vec::new();
        let mut most = if room.is_some() { PART } else { 0 };
        let mut taken = room;
        while bytes.len() < PART {
            if self.rest.is_empty() {
                match self.body.next().await? {
                    Some(arrived) => self.rest = arrived,
                    None => break,
                }
            }
            if bytes.len() == most {
                let more = most.max(FIRST).min(PART - most);
                let room = self.body.room().take(more).await?;
                match &mut taken {
                    Some(taken) => taken.add(room),
                    None => taken = Some(room),
                }
                most += more;
            }
            let own = self.rest.split_to(self.rest.len().min(most - bytes.len()));
            if bytes.len() + own.len() > bytes.capacity() {
                // It grows to the size of a part and not beyond it.
                bytes.reserve_exact((bytes.len() + own.len()).next_power_of_two().min(PART) - bytes.len());
            }
            bytes.extend_from_slice(&own);
        }
        Ok(taken.filter(|_| !bytes.is_empty()).map(|taken| Part { bytes, taken }))
    }
}

/// What an error of the store means.
pub(super) fn failed(error: object_store::Error) -> StorageError {
    use object_store::Error::{
        InvalidPath, NotFound, NotImplemented, NotSupported, PermissionDenied, Precondition, Unauthenticated,
    };
    let refused = "The storage refused an operation; check its credentials and what they permit";
    match error {
        NotFound { .. } => StorageError::not_found().because(error),
        InvalidPath { .. } => StorageError::invalid("The key is no name of an object").because(error),
        PermissionDenied { .. } | Unauthenticated { .. } | NotImplemented { .. } | NotSupported { .. } => {
            StorageError::new(StorageErrorKind::Refused, refused).because(error)
        }
        // A range of a file that was replaced by a shorter one
        Precondition { .. } => StorageError::unavailable(error),
        _ => match io_error(&error) {
            Some(kind) => StorageError::from(std::io::Error::new(kind, error)),
            None => StorageError::unavailable(error),
        },
    }
}

/// The error of the operating system behind an error, such as that of a full disk.
fn io_error(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if let Some(kind @ (FileTooLarge | QuotaExceeded | StorageFull)) = kind {
            return Some(kind);
        }
        next = error.source();
    }
    None
}

/// An entity tag with its quotes. Some stores tell it without them.
fn quoted(tag: &str) -> String {
    if tag.ends_with('"') { tag.to_owned() } else { format!("\"{tag}\"") }
}

pub(super) fn path(key: &Key) -> Result<Path, StorageError> {
    Path::parse(key.as_str()).map_err(|error| StorageError::invalid("The key is no name of an object").because(error))
}

fn attributes(about: &About) -> Attributes {
    let mut attributes = Attributes::new();
    attributes.insert(Attribute::ContentType, about.content_type.clone().into());
    // For those who read the object without this application, such as a content delivery network
    let disposition = disposition(&about.content_type, about.file_name.as_ref());
    attributes.insert(Attribute::ContentDisposition, disposition.into());
    if let Some(name) = &about.file_name {
        let name = URL_SAFE_NO_PAD.encode(name.as_str());
        attributes.insert(Attribute::Metadata(NAME.into()), AttributeValue::from(name));
    }
    attributes
}

fn meta(object: &ObjectMeta, attributes: &Attributes) -> Meta {
    let text = |name: &Attribute| attributes.get(name).map(|value| value.as_ref().to_owned());
    let content_type = text(&Attribute::ContentType).unwrap_or_else(|| UNKNOWN.to_owned());
    let name = text(&Attribute::Metadata(NAME.into())).and_then(|name| URL_SAFE_NO_PAD.decode(name).ok());
    let file_name = name.and_then(|name| String::from_utf8(name).ok()).and_then(|name| FileName::parse(name).ok());
    Meta {
        size: object.size,
        about: About { content_type, file_name },
        etag: object.e_tag.as_deref().map(quoted),
        last_modified: object.last_modified,
    }
}

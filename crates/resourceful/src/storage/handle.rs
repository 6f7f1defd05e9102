//! The storage as its users see it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use object_store::memory::InMemory;

use super::about::{Download, Found, Listed, Stored, UploadOptions};
use super::body::Body;
use super::disposition;
use super::error::{StorageError, StorageErrorKind};
use super::file_name::FileName;
use super::key::Key;
use super::links::{Granted, Links, Reserved, Storing};
use super::objects::Objects;
use super::provider::{About, PresignedUpload, StorageProvider};
use super::range::ByteRange;
use super::room::Room;
use super::upload::{Fresh, feed};
use super::watched::Watched;
use crate::error::Error;

/// The longest time for which a link may be valid: that of S3.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long the links of [`Storage::url`] are valid.
const USUAL: Duration = Duration::from_secs(3600);

/// How often a file that was replaced meanwhile is read again.
const ATTEMPTS: usize = 3;

/// The most bytes of one upload where nothing else is said: 100 MiB.
const UPLOAD_LIMIT: u64 = 100 * 1024 * 1024;

/// Where an application keeps files. Cheap to clone; all clones are the same storage.
///
/// Services and endpoints get it from the context: `ctx.storage()`.
///
/// ```
/// use resourceful::storage::{Key, LocalFiles, Storage, UploadOptions};
/// use futures_util::stream;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path();
/// let storage = Storage::new(LocalFiles::open(path)?);
/// let key = Key::generate("greetings", Some("txt"))?;
/// let body = stream::iter([Ok::<_, resourceful::Error>("Hello".into())]);
/// let stored = storage.upload(&key, body, UploadOptions::new("text/plain")).await?;
/// assert_eq!(stored.size, 5);
/// assert!(storage.exists(&key).await?);
/// storage.delete(&key).await?;
/// assert!(!storage.exists(&key).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    provider: Arc<Watched>,
    upload_limit: u64,
    public_url: Option<String>,
    /// How links are signed that the application serves.
    links: OnceLock<Links>,
    /// The memory of uploads.
    room: Room,
    /// The keys under which links of this process store files now.
    storing: Arc<Storing>,
}

impl Storage {
    /// A storage that keeps its files with this provider.
    pub fn new(provider: impl StorageProvider) -> Self {
        Self(Arc::new(Inner {
            provider: Arc::new(Watched::new(provider)),
            upload_limit: UPLOAD_LIMIT,
            public_url: None,
            links: OnceLock::new(),
            room: Room::default(),
            storing: Arc::default(),
        }))
    }

    /// A storage in the memory of this process, for tests. Its files are gone when the last clone is dropped.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Objects::new(InMemory::new()).ordered())
    }

    /// The same storage under this public address (`STORAGE_PUBLIC_URL`), such as `https://files.example.com`: see
    /// [`url`](Self::url).
    #[must_use]
    pub fn with_public_url(self, url: impl Into<String>) -> Self {
        let url = url.into().trim_end_matches('/').to_owned();
        self.changed(|inner| inner.public_url = Some(url))
    }

    /// The same storage with this limit for uploads that have none of their own, in bytes; 100 MiB by default.
    #[must_use]
    pub fn with_upload_limit(self, bytes: u64) -> Self {
        self.changed(|inner| inner.upload_limit = bytes)
    }

    /// The same storage with this many bytes of memory for all uploads together, and the time for which one waits for some.
    pub(crate) fn with_room(self, bytes: usize, patience: Duration) -> Self {
        self.changed(|inner| inner.room = Room::new(bytes, patience))
    }

    /// The memory of uploads.
    pub(crate) fn room(&self) -> &Room {
        &self.0.room
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let Inner { provider, upload_limit, public_url, links, room, storing } = &*self.0;
        let mut inner = Inner {
            provider: provider.clone(),
            upload_limit: *upload_limit,
            public_url: public_url.clone(),
            links: links.clone(),
            room: room.clone(),
            storing: storing.clone(),
        };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Signs links with this key, where the provider has none of its own. The first key stays.
    pub(crate) fn sign_with(&self, key: [u8; 32]) {
        let _ = self.0.links.set(Links::new(key));
    }

    /// Whether the storage could not be used the last time.
    pub(crate) fn is_failing(&self) -> bool {
        self.0.provider.is_failing()
    }

    /// The most bytes of an upload that has no limit of its own.
    pub fn upload_limit(&self) -> u64 {
        self.0.upload_limit
    }

    /// Stores a file as it arrives, in constant memory, and replaces the file that has the key. Nobody sees it before it is
    /// complete. When the body fails, is larger than allowed, or when this future is dropped, nothing remains of it.
    ///
    /// # Errors
    /// 413 for a body that is larger than its limit; the error of the body; 507 if there is no space left; 503 if the storage
    /// cannot be reached.
    pub async fn upload<S, E>(&self, key: &Key, body: S, options: UploadOptions) -> Result<Stored, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Error>,
    {
        Ok(self.store(key, body, options, false).await?.0)
    }

    /// The same for a new key. The file is removed again unless it is kept: whatever happens until then, nothing remains.
    ///
    /// # Errors
    /// As [`upload`](Self::upload).
    pub(crate) async fn upload_new<S, E>(
        &self,
        key: &Key,
        body: S,
        options: UploadOptions,
    ) -> Result<(Stored, Fresh), StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Error>,
    {
        self.store(key, body, options, true).await
    }

    async fn store<S, E>(
        &self,
        key: &Key,
        body: S,
        options: UploadOptions,
        is_new: bool,
    ) -> Result<(Stored, Fresh), StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Error>,
    {
        let UploadOptions { about, size_limit } = options;
        let about = checked(about)?;
        let content_type = about.content_type.clone();
        let (sender, received) = Body::channel(self.0.room.clone());
        let (provider, own_key) = (self.0.provider.clone(), key.clone());
        // A task of its own: it can clean up when this future is dropped, and S3's parts are sent while the next one arrives.
        let task = tokio::spawn(async move { provider.put(&own_key, &about, received).await });
        let mut fresh = Fresh::new(self.0.provider.clone(), key.clone(), is_new, task);
        let fed = feed(body, sender, size_limit.unwrap_or(self.0.upload_limit)).await;
        // It ends soon: the body has ended, or was interrupted.
        let put = fresh.ended().await;
        // What stopped the body is the reason for everything that followed.
        let (size, sha256) = match fed {
            Ok(Some(fed)) => fed,
            Ok(None) => return Err(put.err().unwrap_or_else(StorageError::interrupted)),
            Err(error) => return Err(error),
        };
        Ok((Stored { key: key.clone(), size, sha256, content_type, etag: put? }, fresh))
    }

    /// Reads a file, or a part of it. The bytes arrive as they are read.
    ///
    /// # Errors
    /// 404 if there is none; 416 if it has none of the bytes of the range; 503 if the storage cannot be reached.
    pub async fn download(&self, key: &Key, range: Option<ByteRange>) -> Result<Download, StorageError> {
        let provider = &self.0.provider;
        let Some(range) = range else {
            let (meta, stream) = provider.read(key, None).await?;
            return Ok(Download { range: 0..meta.size, file: Found::new(key, meta), stream });
        };
        for _ in 0..ATTEMPTS {
            // Providers differ in what they do with ranges that are not within the file.
            let seen = provider.head(key).await?;
            let bytes = range.within(seen.size)?;
            let (meta, stream) = match provider.read(key, Some(bytes.clone())).await {
                Err(error) if error.kind() == StorageErrorKind::InvalidRange => continue,
                answer => answer?,
            };
            if (meta.size, &meta.etag) == (seen.size, &seen.etag) {
                return Ok(Download { range: bytes, file: Found::new(key, meta), stream });
            }
        }
        Err(StorageError::new(StorageErrorKind::Unavailable, "The file is being replaced again and again"))
    }

    /// What is known about a file.
    ///
    /// # Errors
    /// 404 if there is none; 503 if the storage cannot be reached.
    pub async fn head(&self, key: &Key) -> Result<Found, StorageError> {
        Ok(Found::new(key, self.0.provider.head(key).await?))
    }

    /// Whether there is a file with this key.
    ///
    /// # Errors
    /// 503 if the storage cannot be reached.
    pub async fn exists(&self, key: &Key) -> Result<bool, StorageError> {
        match self.0.provider.head(key).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == StorageErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a file. It is no error that there is none.
    ///
    /// # Errors
    /// 503 if the storage cannot be reached.
    pub async fn delete(&self, key: &Key) -> Result<(), StorageError> {
        match self.0.provider.delete(key).await {
            Err(error) if error.kind() == StorageErrorKind::NotFound => Ok(()),
            answer => answer,
        }
    }

    /// Copies a file with its content type and its name, and replaces the file that has the other key.
    ///
    /// # Errors
    /// 404 if there is none; 507 if there is no space left; 503 if the storage cannot be reached.
    pub async fn copy(&self, from: &Key, to: &Key) -> Result<(), StorageError> {
        self.0.provider.copy(from, to).await
    }

    /// All files of a folder and of the folders in it, in the order of the bytes of their keys. An empty name is everything.
    /// Files whose keys do not follow the rules of [`Key`] were not stored by this storage, and are left out.
    ///
    /// The list is read page by page: files that are stored or removed meanwhile may be in it or not.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed, StorageError>> {
        let folder = folder.trim_end_matches('/').to_owned();
        if !folder.is_empty()
            && let Err(error) = Key::parse(folder.as_str())
        {
            return stream::iter([Err(error)]).boxed();
        }
        let provider = self.0.provider.clone();
        stream::try_unfold(Some(None::<Key>), move |state| {
            let (provider, folder) = (provider.clone(), folder.clone());
            async move {
                let Some(after) = state else { return Ok(None) };
                let most = provider.page_size();
                let page = provider.list(&folder, after.as_ref(), most).await?;
                let next = page.last().map(|entry| entry.key.clone()).filter(|_| page.len() >= most);
                Ok(Some((stream::iter(page.into_iter().map(Ok)), next.map(Some))))
            }
        })
        .map(|page| match page {
            Ok(page) => page.left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        })
        .flatten()
        .boxed()
    }

    /// An address at which anyone who has it can read the file.
    ///
    /// With `STORAGE_PUBLIC_URL` and a storage such as S3 this is that address and the key: what is behind it, usually a content
    /// delivery network, makes the files public. Otherwise it is a signed link for one hour, as
    /// [`signed_url`](Self::signed_url) makes them.
    ///
    /// # Errors
    /// 503 if the credentials for a signature cannot be had.
    pub async fn url(&self, key: &Key) -> Result<String, StorageError> {
        let Some(public) = &self.0.public_url else { return self.signed_url(key, USUAL, None).await };
        // Whoever signs its own links has files that can be public.
        match self.0.provider.sign_download(key, USUAL, None).await? {
            Some(_) => Ok(format!("{public}/{key}")),
            None => self.own_link(key, USUAL, None),
        }
    }

    /// An address at which anyone who has it can read the file for this time, and for no other file. With a name, a browser saves
    /// it under this name.
    ///
    /// S3 serves its own links. Links of other storages are served by the application, at `/files/`: the address begins with
    /// `STORAGE_PUBLIC_URL`, or with the path if that is not set. An invalid or expired one is answered like a missing file.
    ///
    /// # Errors
    /// 422 for a time of less than a second or more than 7 days; 503 if the credentials for a signature cannot be had.
    pub async fn signed_url(
        &self,
        key: &Key,
        expires: Duration,
        name: Option<&FileName>,
    ) -> Result<String, StorageError> {
        check_time(expires)?;
        let disposition = name.map(disposition::attachment);
        match self.0.provider.sign_download(key, expires, disposition.as_deref()).await? {
            Some(url) => Ok(url),
            None => self.own_link(key, expires, name),
        }
    }

    fn own_link(&self, key: &Key, expires: Duration, name: Option<&FileName>) -> Result<String, StorageError> {
        let until = Utc::now() + expires;
        Ok(format!("{}{}", self.base(), self.links()?.download(key, until, name)))
    }

    /// A request with which a client stores a file itself, for example a browser with `fetch`: its method, its address and the
    /// headers that it must have.
    ///
    /// The content type is part of the signature, and so is that the key is new: a second file is answered with 412. The size is not:
    /// a client of S3 may send as much as S3 takes (5 GiB). A link of the application accepts at most `size_limit` bytes, or
    /// `UPLOAD_LIMIT`. In both cases what was stored counts as nothing until [`confirm`](Self::confirm) has accepted it.
    ///
    /// # Errors
    /// 422 for a time of less than a second or more than 7 days; 503 if the credentials for a signature cannot be had.
    pub async fn presigned_upload(
        &self,
        key: &Key,
        expires: Duration,
        options: UploadOptions,
    ) -> Result<PresignedUpload, StorageError> {
        check_time(expires)?;
        let UploadOptions { about, size_limit } = options;
        let about = checked(about)?;
        if let Some(upload) = self.0.provider.sign_upload(key, expires, &about).await? {
            return Ok(upload);
        }
        let until = Utc::now() + expires;
        let limit = size_limit.unwrap_or(self.0.upload_limit);
        let url = format!("{}{}", self.base(), self.links()?.upload(key, until, &about, limit));
        Ok(PresignedUpload::put(url, vec![("content-type".to_owned(), about.content_type)], until))
    }

    /// Looks at a file that a client has stored with [`presigned_upload`](Self::presigned_upload), and removes it if it is not
    /// what was agreed: larger than its limit, or of another content type. The content is not looked at: the type is what the client
    /// has said.
    ///
    /// # Errors
    /// 404 if there is none; 413 for a file that was too large; 422 for one of another content type; 503 if the storage cannot be
    /// reached.
    pub async fn confirm(&self, key: &Key, agreed: &UploadOptions) -> Result<Found, StorageError> {
        let found = self.head(key).await?;
        let limit = agreed.size_limit.unwrap_or(self.0.upload_limit);
        let refused = if found.size > limit {
            StorageError::too_large(limit)
        } else if !found.content_type.eq_ignore_ascii_case(&agreed.about.content_type) {
            let detail = format!("The file was announced as {}, and stored as another type", agreed.about.content_type);
            StorageError::new(StorageErrorKind::Unexpected, detail)
        } else {
            return Ok(found);
        };
        self.delete(key).await?;
        Err(refused)
    }

    /// Removes what interrupted uploads have left, if nothing was added to it for this time. The answer is how many files that
    /// were. A storage in a folder does so at each start, for an hour; S3 needs a lifecycle rule, which the guide
    /// [storage](crate::guide::storage) has.
    ///
    /// # Errors
    /// 503 if the storage cannot be reached.
    pub async fn sweep(&self, older_than: Duration) -> Result<u64, StorageError> {
        self.0.provider.sweep(older_than).await
    }

    /// Reserves a key for a link that stores a file; `None` while another one does.
    pub(crate) fn storing(&self, key: &Key) -> Option<Reserved> {
        Reserved::new(&self.0.storing, key)
    }

    /// What a link of the application allows; `None` if it was changed, is for another key, or has expired.
    pub(crate) fn granted(&self, method: &str, key: &Key, query: &[(String, String)]) -> Option<Granted> {
        self.0.links.get()?.granted(method, key, query)
    }

    fn links(&self) -> Result<&Links, StorageError> {
        let detail = "This storage belongs to no application, so it cannot sign links; get it with `ctx.storage()`";
        self.0.links.get().ok_or_else(|| StorageError::new(StorageErrorKind::Refused, detail))
    }

    fn base(&self) -> &str {
        self.0.public_url.as_deref().unwrap_or_default()
    }
}

fn check_time(expires: Duration) -> Result<(), StorageError> {
    if (Duration::from_secs(1)..=LONGEST).contains(&expires) {
        return Ok(());
    }
    Err(StorageError::invalid("A link can be valid for 1 second to 7 days"))
}

/// A media type that can be a header.
fn checked(about: About) -> Result<About, StorageError> {
    let text = &about.content_type;
    let is_token = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let is_type = essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    if is_type && text.len() <= 255 && text.chars().all(|c| matches!(c, ' '..='~')) {
        return Ok(about);
    }
    Err(StorageError::invalid("The content type must be a media type such as `image/png`, of at most 255 characters"))
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").finish_non_exhaustive()
    }
}

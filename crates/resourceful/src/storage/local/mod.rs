//! Files in a folder of this machine.

mod folder;
mod order;
mod record;
mod write;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _};
use tokio::task::JoinHandle;

use self::folder::Folder;
use self::record::Record;
use super::body::Body;
use super::error::{StorageError, StorageErrorKind};
use super::key::Key;
use super::provider::{About, ByteStream, Entry, Meta, StorageProvider};

/// How much of a file is read at a time. One portion is read while the one before is sent.
const PORTION: usize = 128 * 1024;

/// What a crash has left is removed at the start if nothing was written to it for this time.
const ABANDONED: Duration = Duration::from_secs(3600);

/// How long the disk may take to open a file, or to remove one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Files in a folder: the provider `local`.
///
/// A file with the key `a/b.png` is at `a/b.png~` in the folder. Its bytes come first; a record with its content type, its name
/// and its checksum follows them, so that all of it appears and is replaced in one step. What is being written is in the folder
/// `~tmp`. A file is complete and on the disk (`fsync`, also of the folder) when its upload returns.
///
/// Symbolic links in the folder are never followed: what is behind one does not exist. The folder itself may be one. Several
/// processes can use the same folder.
#[derive(Debug, Clone)]
pub struct LocalFiles {
    folder: Arc<Folder>,
}

impl LocalFiles {
    /// Uses this folder, and creates it if it is missing. What crashes have left in it, an hour ago or earlier, is removed.
    ///
    /// # Errors
    /// If the folder cannot be created, or cannot be written to.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = Folder::open(folder.as_ref())?;
        folder.sweep(ABANDONED)?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// The folder, without symbolic links in its path.
    pub fn path(&self) -> &Path {
        self.folder.root()
    }

    /// As [`blocking`](Self::blocking), for what a disk does at once. A network file system whose server is gone never answers.
    async fn soon<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let done = tokio::time::timeout(PATIENCE, self.blocking(work)).await;
        done.unwrap_or_else(|late| Err(StorageError::unavailable(late)))
    }

    /// Does work that waits for the disk on a thread for such work.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let folder = self.folder.clone();
        blocking(move || work(&folder)).await
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    tokio::task::spawn_blocking(work).await.map_err(StorageError::unavailable)?
}

/// A stored file that was opened.
struct Opened {
    file: File,
    meta: Meta,
}

fn open(folder: &Folder, key: &Key) -> Result<Opened, StorageError> {
    let mut file = folder.open_file(key)?;
    let about = file.metadata()?;
    let (size, record) = Record::read(&mut file, about.len())?.ok_or_else(|| {
        // Whoever put it there did not use this storage.
        tracing::warn!(%key, "a file in the folder of the storage was not stored by it, and is ignored");
        StorageError::not_found()
    })?;
    let etag = record.etag();
    let last_modified = DateTime::<Utc>::from(about.modified()?);
    Ok(Opened { file, meta: Meta { size, about: record.about, etag: Some(etag), last_modified } })
}

impl StorageProvider for LocalFiles {
    fn put<'a>(
        &'a self,
        key: &'a Key,
        about: &'a About,
        body: Body,
    ) -> BoxFuture<'a, Result<Option<String>, StorageError>> {
        Box::pin(write::put(&self.folder, key, about, body))
    }

    fn read<'a>(
        &'a self,
        key: &'a Key,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<(Meta, ByteStream), StorageError>> {
        let key = key.clone();
        Box::pin(async move {
            let Opened { mut file, meta } = self.soon(move |folder| open(folder, &key)).await?;
            let range = range.unwrap_or(0..meta.size);
            if range.start > range.end || range.end > meta.size {
                return Err(StorageError::new(StorageErrorKind::InvalidRange, "The file is shorter than the range"));
            }
            file.seek(SeekFrom::Start(range.start))?;
            Ok((meta, bytes(file, range.end - range.start)))
        })
    }

    fn head<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Meta, StorageError>> {
        let key = key.clone();
        Box::pin(self.soon(move |folder| Ok(open(folder, &key)?.meta)))
    }

    fn delete<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        let key = key.clone();
        Box::pin(self.soon(move |folder| Ok(folder.remove(&key)?)))
    }

    fn list<'a>(
        &'a self,
        folder: &'a str,
        after: Option<&'a Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        let (name, after) = (folder.to_owned(), after.cloned());
        Box::pin(self.blocking(move |folder| {
            let mut entries = Vec::new();
            order::list(folder, &name, after.as_ref(), &mut |key| {
                match open(folder, &key) {
                    Ok(Opened { meta, .. }) => {
                        entries.push(Entry { key, size: meta.size, last_modified: meta.last_modified })
                    }
                    // It was removed meanwhile, or is no stored file.
                    Err(error) if error.kind() == StorageErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
                Ok(entries.len() < limit)
            })?;
            Ok(entries)
        }))
    }

    fn page_size(&self) -> usize {
        // The names of the folder are read and sorted for each page.
        100_000
    }

    fn copy<'a>(&'a self, from: &'a Key, to: &'a Key) -> BoxFuture<'a, Result<(), StorageError>> {
        let (from, to) = (from.clone(), to.clone());
        Box::pin(self.blocking(move |folder| {
            let Opened { mut file, .. } = open(folder, &from)?;
            file.seek(SeekFrom::Start(0))?;
            let mut copy = write::create(folder)?;
            // The record is copied with the bytes.
            io::copy(&mut file, copy.file())?;
            Ok(copy.publish(folder, &to)?)
        }))
    }

    fn sweep(&self, older_than: Duration) -> BoxFuture<'_, Result<u64, StorageError>> {
        Box::pin(self.blocking(move |folder| Ok(folder.sweep(older_than)?)))
    }
}

/// The next bytes of an open file, this many.
fn bytes(file: File, length: u64) -> ByteStream {
    let first = Next::Unread(file, length);
    stream::try_unfold(first, |next| async move {
        let task = match next {
            Next::Unread(_, 0) => return Ok(None),
            Next::Unread(file, left) => read(file, left),
            Next::Reading(task) => task,
        };
        let (portion, file, left) = task.await.map_err(StorageError::unavailable)??;
        let next = if left > 0 { Next::Reading(read(file, left)) } else { Next::Unread(file, left) };
        Ok(Some((portion, next)))
    })
    .boxed()
}

/// What comes after the bytes that were handed out.
enum Next {
    /// This many bytes of the file, of which none are read yet.
    Unread(File, u64),
    Reading(Reading),
}

/// A portion, the file behind it, and how many bytes are left there.
type Reading = JoinHandle<io::Result<(Bytes, File, u64)>>;

fn read(mut file: File, left: u64) -> Reading {
    tokio::task::spawn_blocking(move || {
        let length = left.min(PORTION as u64);
        let mut portion = Vec::with_capacity(PORTION.min(usize::try_from(left).unwrap_or(PORTION)));
        // A stored file never changes: a replaced one is another file under the same name.
        if (&mut file).take(length).read_to_end(&mut portion)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok((Bytes::from(portion), file, left - length))
    })
}

/// The default of `STORAGE_LOCAL_PATH`.
pub(super) fn default_path() -> PathBuf {
    PathBuf::from("./data/files")
}

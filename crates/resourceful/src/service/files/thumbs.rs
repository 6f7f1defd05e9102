//! Smaller copies of images: made when they are first asked for, and kept in the storage beside the image.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::discard::copies_of;
use super::open::Opened;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::media::{self, Grant, MOST_MEMORY};
use crate::spec::ThumbSpec;
use crate::storage::{Key, Storage, StorageErrorKind, UploadOptions};

/// The bytes of one permit for memory.
const UNIT: u64 = 1024;

/// How long a caller waits for a copy that another one makes, and for memory to make one.
const PATIENCE: Duration = Duration::from_secs(30);

/// What stands in the place of the copies of an image that cannot be decoded, so that it is not decoded again for each request. A later
/// version of the library may be able to.
const DAMAGED: &str = concat!("damaged-", env!("CARGO_PKG_VERSION"));

/// The copies that are being made.
pub(super) struct Making {
    /// One permit for each KiB that copies use while they are made.
    memory: Arc<Semaphore>,
    /// One lock for each copy: who comes second finds it made.
    each: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Default for Making {
    fn default() -> Self {
        let most = usize::try_from(MOST_MEMORY / UNIT).unwrap_or(Semaphore::MAX_PERMITS);
        Self { memory: Arc::new(Semaphore::new(most)), each: Mutex::default() }
    }
}

impl Making {
    fn lock_of(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = each.get(key.as_str()).and_then(Weak::upgrade) {
            return lock;
        }
        each.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(tokio::sync::Mutex::default());
        each.insert(key.to_string(), Arc::downgrade(&lock));
        lock
    }
}

/// 503 for a caller who has waited long enough.
fn busy() -> Error {
    let detail = "The server is busy with smaller copies of other images; try again in a moment";
    Error::new(&catalogue::UNAVAILABLE, detail).with_retry_after(Duration::from_secs(5))
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| busy())
}

fn damaged() -> Error {
    let detail = "No smaller copy can be made of this file: it is no image, or an image that is damaged, of an unknown variant, or too large";
    Error::new(&catalogue::NOT_FOUND, detail)
}

impl Opened {
    /// The copy of an image in this size, made now if there is none yet.
    ///
    /// # Errors
    /// 404 where the file is no image that can be decoded; 503 if the storage cannot be reached, or while too many copies are made.
    pub(crate) async fn thumb(self, ctx: &Context, size: ThumbSpec) -> Result<Self> {
        let copies = copies_of(&self.key);
        let key = Key::parse(format!("{copies}/{size}"))?;
        let making = ctx.kept::<Making>();
        let turn = in_time(making.lock_of(&key).lock_owned()).await?;
        match self.storage.head(&key).await {
            Ok(_) => return Ok(Self { key, ..self }),
            Err(error) if error.kind() == StorageErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let pixels = self.file.dimensions().map(|(width, height)| u64::from(width) * u64::from(height));
        let grant = Grant::of(self.file.content_type(), pixels, self.file.size()).ok_or_else(damaged)?;
        let mark = Key::parse(format!("{copies}/{DAMAGED}"))?;
        if self.storage.exists(&mark).await? {
            return Err(damaged());
        }
        let units = u32::try_from(grant.bytes.div_ceil(UNIT)).map_err(Error::internal)?;
        let memory = in_time(making.memory.clone().acquire_many_owned(units)).await?.map_err(Error::internal)?;
        let work = Work { original: self.clone(), copy: key.clone(), mark, size, grant };
        // In a task of its own, which keeps the turn and the memory: a client that goes away does not waste what has been done, and
        // does not let the next one do it again.
        tokio::spawn(work.done(turn, memory)).await.map_err(Error::internal)??;
        Ok(Self { key, ..self })
    }
}

/// A copy that is being made.
struct Work {
    original: Opened,
    copy: Key,
    mark: Key,
    size: ThumbSpec,
    grant: Grant,
}

impl Work {
    async fn done(self, turn: OwnedMutexGuard<()>, memory: OwnedSemaphorePermit) -> Result<()> {
        let made = self.made(memory).await;
        drop(turn);
        made
    }

    async fn made(self, memory: OwnedSemaphorePermit) -> Result<()> {
        let Self { original, copy, mark, size, grant } = self;
        let Opened { file, key, storage } = original;
        let download = storage.download(&key, None).await?;
        // Memory was granted for what the row says.
        if download.file.size != file.size() {
            return Err(damaged());
        }
        let mut content = Vec::with_capacity(usize::try_from(file.size()).map_err(Error::internal)?);
        let mut parts = download.stream;
        while let Some(part) = parts.try_next().await? {
            content.extend_from_slice(&part);
        }
        let content_type = file.content_type().to_owned();
        let copied = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            media::thumbnail(&content_type, &content, grant, (size.width, size.height))
        });
        let error = match copied.await {
            Ok(Ok((bytes, content_type))) => {
                let body = stream::iter([Ok::<_, Error>(Bytes::from(bytes))]);
                return keep(&storage, &key, &copy, body, content_type).await;
            }
            Ok(Err(error)) => error.to_string(),
            // The decoder has panicked: the image is damaged in a way that its authors have not thought of.
            Err(panicked) => panicked.to_string(),
        };
        tracing::warn!(%key, error, "no smaller copy of an image can be made");
        let body = stream::iter([Ok::<_, Error>(Bytes::from(error))]);
        keep(&storage, &key, &mark, body, "text/plain").await?;
        Err(damaged())
    }
}

/// Stores what belongs to an image beside it, unless the image has been removed in the meantime: whoever removes one removes first the
/// image and then what is beside it, and may have looked already.
async fn keep(
    storage: &Storage,
    original: &Key,
    beside: &Key,
    body: impl Stream<Item = Result<Bytes>>,
    content_type: &str,
) -> Result<()> {
    storage.upload(beside, body, UploadOptions::new(content_type)).await?;
    if let Err(error) = storage.head(original).await {
        if error.kind() == StorageErrorKind::NotFound {
            storage.delete(beside).await?;
        }
        return Err(error.into());
    }
    Ok(())
}

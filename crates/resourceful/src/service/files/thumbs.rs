//! Smaller copies of images: made when they are first asked for, and kept in the storage beside the image.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use tokio::sync::Semaphore;

use super::discard::copies_of;
use super::open::Opened;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::media::{self, MOST_PIXELS};
use crate::spec::ThumbSpec;
use crate::storage::{Key, StorageErrorKind, UploadOptions};

/// The copies that are being made.
pub(super) struct Making {
    /// One permit for each pixel of the images that are decoded at the same time, as many as the largest has: a pixel takes up to
    /// 8 bytes.
    pixels: Arc<Semaphore>,
    /// One lock for each copy: who comes second finds it made.
    each: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Default for Making {
    fn default() -> Self {
        let most = usize::try_from(MOST_PIXELS).unwrap_or(Semaphore::MAX_PERMITS);
        Self { pixels: Arc::new(Semaphore::new(most)), each: Mutex::default() }
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

impl Opened {
    /// The copy of an image in this size, made now if there is none yet.
    ///
    /// # Errors
    /// 404 where the file is no image that can be decoded; 503 if the storage cannot be reached.
    pub(crate) async fn thumb(self, ctx: &Context, size: ThumbSpec) -> Result<Self> {
        let key = Key::parse(format!("{}/{size}", copies_of(&self.key)))?;
        let making = ctx.kept::<Making>();
        let lock = making.lock_of(&key);
        let _turn = lock.lock().await;
        match self.storage.head(&key).await {
            Ok(_) => return Ok(Self { key, ..self }),
            Err(error) if error.kind() == StorageErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        // In a task of its own: a client that goes away does not waste what has been done.
        let (original, copy) = (self.clone(), key.clone());
        tokio::spawn(async move { original.make(&making, copy, size).await }).await.map_err(Error::internal)??;
        Ok(Self { key, ..self })
    }

    async fn make(self, making: &Making, key: Key, size: ThumbSpec) -> Result<()> {
        let content_type = self.file.content_type().to_owned();
        if !matches!(content_type.as_str(), "image/png" | "image/jpeg" | "image/gif" | "image/webp") {
            return Err(Error::not_found());
        }
        // Known from the upload for most images, so that no permit is needed to read a small one.
        let known = self.file.dimensions().map(|(width, height)| u64::from(width) * u64::from(height));
        let pixels = known.unwrap_or(MOST_PIXELS).clamp(1, MOST_PIXELS);
        let permits = making.pixels.clone().acquire_many_owned(u32::try_from(pixels).unwrap_or(u32::MAX));
        let permits = permits.await.map_err(Error::internal)?;
        let content = self.storage.download(&self.key, None).await?.stream;
        let content: Vec<u8> = content
            .try_fold(Vec::new(), async |mut all, part| {
                all.extend_from_slice(&part);
                Ok(all)
            })
            .await?;
        let copied = tokio::task::spawn_blocking(move || {
            let _permits = permits;
            let actual = media::pixels(&content_type, &content)?;
            if u64::from(actual) > pixels {
                return Err(media::NoThumbnail::TooLarge);
            }
            media::thumbnail(&content_type, &content, (size.width, size.height))
        });
        let (copy, content_type) = copied.await.map_err(Error::internal)?.map_err(|error| {
            let detail = "No smaller copy can be made of this image: it is damaged, or of an unknown variant";
            Error::new(&catalogue::NOT_FOUND, detail).with_source(error)
        })?;
        let body = stream::iter([Ok::<_, Error>(Bytes::from(copy))]);
        self.storage.upload(&key, body, UploadOptions::new(content_type)).await?;
        Ok(())
    }
}

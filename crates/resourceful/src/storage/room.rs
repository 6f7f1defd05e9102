//! The memory that uploads use together: the parts of files that wait to be stored.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{StorageError, StorageErrorKind};

/// The bytes of one permit.
const UNIT: usize = 16 * 1024;

/// The least memory, in which one upload of several parts fits.
pub(super) const LEAST: usize = 32 * 1024 * 1024;

/// The default of `UPLOADS_LIMIT`.
const USUAL: usize = 128 * 1024 * 1024;

/// How long an upload waits for memory, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(3);

/// The memory that all uploads of a storage share. All clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    free: Arc<Semaphore>,
    patience: Duration,
}

/// Memory that an upload uses. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Taken(OwnedSemaphorePermit);

impl Taken {
    /// Adds what was taken later.
    pub(super) fn add(&mut self, more: Self) {
        self.0.merge(more.0);
    }
}

impl Default for Room {
    fn default() -> Self {
        Self::new(USUAL, PATIENCE)
    }
}

impl Room {
    /// This number of bytes, at least 32 MiB, and how long an upload waits for some of them.
    pub(crate) fn new(bytes: usize, patience: Duration) -> Self {
        let units = (bytes.max(LEAST) / UNIT).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), patience }
    }

    /// Takes memory, and waits for it.
    ///
    /// # Errors
    /// [`Busy`](StorageErrorKind::Busy), if there is none for some time.
    pub(crate) async fn take(&self, bytes: usize) -> Result<Taken, StorageError> {
        let taken = self.free.clone().acquire_many_owned(units(bytes));
        match tokio::time::timeout(self.patience, taken).await {
            Ok(Ok(permit)) => Ok(Taken(permit)),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => {
                Err(StorageError::new(StorageErrorKind::Busy, "The server is busy with other uploads"))
            }
        }
    }

    /// Takes memory if there is some now.
    pub(super) fn try_take(&self, bytes: usize) -> Option<Taken> {
        self.free.clone().try_acquire_many_owned(units(bytes)).ok().map(Taken)
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

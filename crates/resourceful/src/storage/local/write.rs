//! Writing a file as it arrives.

use std::io::{self, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::blocking;
use super::folder::{Folder, Temporary};
use super::record::Record;
use crate::storage::body::Body;
use crate::storage::error::StorageError;
use crate::storage::key::Key;
use crate::storage::provider::About;
use crate::storage::room::Taken;

/// How much is written at a time. One portion is written while the next one arrives.
const PORTION: usize = 256 * 1024;

/// Parts from this size on are written as they arrived.
const ONE: usize = 4 * 1024;

/// Files of up to this many bytes take no memory that is counted.
const SMALL: usize = 16 * 1024;

/// Stores a body.
pub(super) async fn put(
    folder: &Arc<Folder>,
    key: &Key,
    about: &About,
    mut body: Body,
) -> Result<Option<String>, StorageError> {
    let own = folder.clone();
    let mut place = Place::Free(blocking(move || create(&own)).await?);
    let mut taken = None;
    let end = loop {
        let portion = match portion(&mut body, &mut taken).await {
            Ok(Some(portion)) => portion,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        match place.free().await {
            Ok(file) => place = Place::write(file, portion),
            Err(error) => return Err(error),
        }
    };
    let mut file = place.free().await?;
    if let Err(error) = end {
        // To remove a large file takes some time.
        blocking(move || {
            drop(file);
            Ok(())
        })
        .await?;
        return Err(error);
    }
    let record = Record { about: about.clone(), sha256: body.sha256() };
    let etag = record.etag();
    let (folder, key) = (folder.clone(), key.clone());
    blocking(move || {
        file.file().write_all(&record.bytes()?)?;
        file.publish(&folder, &key)?;
        Ok(Some(etag))
    })
    .await
}

/// A new file. Where that is impossible, no caller has asked for something that does not exist.
pub(super) fn create(folder: &Folder) -> Result<Temporary, StorageError> {
    let created = folder.create().map_err(StorageError::from);
    created.map_err(|error| error.or_refused("The folder of the storage does not exist"))
}

/// The next bytes of a body, a portion of them where there are so many. The memory of a file that is not small is taken once.
async fn portion(body: &mut Body, taken: &mut Option<Taken>) -> Result<Option<Portion>, StorageError> {
    let mut portion = Portion::default();
    while portion.bytes < PORTION {
        match body.next().await? {
            Some(bytes) => {
                if taken.is_none() && portion.bytes + bytes.len() > SMALL {
                    // One is written while the next one arrives.
                    *taken = Some(body.room().take(2 * PORTION).await?);
                }
                portion.add(bytes);
            }
            None if portion.bytes == 0 => return Ok(None),
            None => break,
        }
    }
    Ok(Some(portion))
}

/// Bytes that are written together.
#[derive(Default)]
struct Portion {
    parts: Vec<Bytes>,
    /// The small parts behind them, as one: each part keeps the memory in which it arrived.
    small: Vec<u8>,
    bytes: usize,
}

impl Portion {
    fn add(&mut self, part: Bytes) {
        self.bytes += part.len();
        if part.len() < ONE {
            self.small.extend_from_slice(&part);
            return;
        }
        if !self.small.is_empty() {
            self.parts.push(std::mem::take(&mut self.small).into());
        }
        self.parts.push(part);
    }

    fn write(&self, file: &mut impl io::Write) -> io::Result<()> {
        self.parts.iter().try_for_each(|part| file.write_all(part))?;
        file.write_all(&self.small)
    }
}

/// Where the file is: here, or on the thread that writes to it.
enum Place {
    Free(Temporary),
    Writing(JoinHandle<Result<Temporary, StorageError>>),
}

impl Place {
    fn write(mut file: Temporary, portion: Portion) -> Self {
        Self::Writing(tokio::task::spawn_blocking(move || {
            portion.write(file.file())?;
            Ok(file)
        }))
    }

    /// The file, when nothing is written to it.
    async fn free(self) -> Result<Temporary, StorageError> {
        match self {
            Self::Free(file) => Ok(file),
            Self::Writing(task) => task.await.map_err(StorageError::unavailable)?,
        }
    }
}

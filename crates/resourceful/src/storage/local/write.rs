//! Writing a file as it arrives.

use std::io::Write as _;
use std::sync::Arc;

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
async fn portion(body: &mut Body, taken: &mut Option<Taken>) -> Result<Option<Vec<u8>>, StorageError> {
    let mut portion = Vec::new();
    while portion.len() < PORTION {
        match body.next().await? {
            Some(bytes) => {
                if taken.is_none() && portion.len() + bytes.len() > SMALL {
                    // One is written while the next one arrives.
                    *taken = Some(body.room().take(2 * PORTION).await?);
                }
                portion.extend_from_slice(&bytes);
            }
            None if portion.is_empty() => return Ok(None),
            None => break,
        }
    }
    Ok(Some(portion))
}

/// Where the file is: here, or on the thread that writes to it.
enum Place {
    Free(Temporary),
    Writing(JoinHandle<Result<Temporary, StorageError>>),
}

impl Place {
    fn write(mut file: Temporary, portion: Vec<u8>) -> Self {
        Self::Writing(tokio::task::spawn_blocking(move || {
            file.file().write_all(&portion)?;
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

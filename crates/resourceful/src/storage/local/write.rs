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

/// How much is written at a time. One portion is written while the next one arrives.
const PORTION: usize = 1024 * 1024;

/// Stores a body.
pub(super) async fn put(
    folder: &Arc<Folder>,
    key: &Key,
    about: &About,
    mut body: Body,
) -> Result<Option<String>, StorageError> {
    let own = folder.clone();
    let mut place = Place::Free(blocking(move || Ok(own.create()?)).await?);
    let end = loop {
        let portion = match portion(&mut body).await {
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

/// The next bytes of a body, a portion of them where there are so many.
async fn portion(body: &mut Body) -> Result<Option<Vec<u8>>, StorageError> {
    let mut portion = Vec::new();
    while portion.len() < PORTION {
        match body.next().await? {
            Some(bytes) => {
                if portion.is_empty() {
                    // Small files need no large buffer.
                    portion.reserve(if bytes.len() < 16 * 1024 { bytes.len() } else { PORTION + bytes.len() });
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

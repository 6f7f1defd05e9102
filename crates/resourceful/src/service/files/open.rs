//! Reading the file of a row.

use std::time::Duration;

use super::{file_of, storage_of};
use crate::error::{Error, Result, catalogue};
use crate::resource::{FieldValue, FileRef};
use crate::service::engine::Engine;
use crate::spec::Operation;
use crate::storage::{Key, Storage};

/// A file that the actor may read.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) file: FileRef,
    pub(crate) key: Key,
    pub(crate) storage: Storage,
}

/// How often a file that was replaced meanwhile is looked for.
const ATTEMPTS: usize = 10;

/// A row whose file is looked for again when it was replaced between the look at the row and the look at the storage.
pub(crate) struct Looking<'a> {
    engine: &'a Engine,
    operation: Operation,
    id: FieldValue,
    field: usize,
    attempts: usize,
}

impl<'a> Looking<'a> {
    pub(crate) fn new(engine: &'a Engine, operation: Operation, id: FieldValue, field: usize) -> Self {
        Self { engine, operation, id, field, attempts: 0 }
    }

    /// The file of the row as it is now.
    ///
    /// # Errors
    /// 404 where there is no such row that the actor may see, or it has no file.
    pub(crate) async fn open(&mut self) -> Result<Opened> {
        self.attempts += 1;
        self.engine.open_file(self.operation, self.id.clone(), self.field).await
    }

    /// The file that the row has now, if the storage did not have the one that it had. `None` if that is the same: then its content is
    /// missing.
    ///
    /// # Errors
    /// As [`open`](Self::open), and 503 for a file that is replaced again and again.
    pub(crate) async fn again(&mut self, missing: &Key) -> Result<Option<Opened>> {
        let opened = self.open().await?;
        if opened.key == *missing {
            return Ok(None);
        }
        if self.attempts > ATTEMPTS {
            let detail = "The file is being replaced again and again; try again in a moment";
            return Err(Error::new(&catalogue::UNAVAILABLE, detail).with_retry_after(Duration::from_secs(1)));
        }
        Ok(Some(opened))
    }
}

/// Records that a row has a file that the storage does not have: somebody has removed it there.
pub(crate) fn note_missing(key: &Key) {
    tracing::error!(%key, "a row has a file that is not in the storage");
}

impl Engine {
    /// The file of the row with this id.
    ///
    /// # Errors
    /// 404 where there is no such row that the actor may see, or it has no file.
    pub(crate) async fn open_file(&self, operation: Operation, id: FieldValue, field: usize) -> Result<Opened> {
        let record = self.get_as(operation, id).await?;
        let file = file_of(self.spec(), &record, field)?.ok_or_else(Error::not_found)?;
        let key = Key::parse(file.key()).map_err(Error::internal)?;
        Ok(Opened { file, key, storage: storage_of(self.ctx())? })
    }
}

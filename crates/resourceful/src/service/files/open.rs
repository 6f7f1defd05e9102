//! Reading the file of a row.

use super::{file_of, storage_of};
use crate::error::{Error, Result};
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

//! Storing and removing the file of a row.

use bytes::Bytes;
use futures_util::{FutureExt, Stream};

use super::incoming::{Examined, Incoming};
use super::{file_of, folder, storage_of};
use crate::context::usage;
use crate::context::work::Work;
use crate::error::{Error, Result, catalogue};
use crate::resource::{Checked, FieldType, FieldValue, FileRef, Record, StoredFile};
use crate::service::engine::Engine;
use crate::spec::{FileSpec, Operation};
use crate::storage::{Key, UploadOptions};

impl Engine {
    /// Checks that the row with this id is one that the actor may change, and in the state that they require, before anything
    /// of a file is read.
    ///
    /// # Errors
    /// 404; 412.
    pub(crate) async fn check_file_row(&self, operation: Operation, id: FieldValue) -> Result<()> {
        self.if_met(self.get_as(operation, id).await?).map(drop)
    }

    /// Stores a file and writes it into the row with this id, whose former file is removed.
    ///
    /// If the row cannot be written, or this future is dropped, nothing is stored.
    ///
    /// # Errors
    /// 404; 412; 413; 415; 422; 507; 503; and those of a write.
    pub(crate) async fn store_file<S>(
        &self,
        operation: Operation,
        id: FieldValue,
        field: usize,
        file: Incoming<S>,
    ) -> Result<Record>
    where
        S: Stream<Item = Result<Bytes>>,
    {
        let spec = self.spec();
        let storage = storage_of(self.ctx())?;
        let limits = self.limits_of(field)?;
        let examined = file.examine(&spec.fields[field], &limits, storage.room()).await?;
        let Examined { name, content_type, extension, dimensions, body } = examined;
        let key = Key::generate(&folder(spec, &spec.fields[field]), extension)?;
        let options = UploadOptions::new(content_type.as_str()).size_limit(limits.max).file_name(name.clone());
        // Until the row has it, an error and a client that goes away remove it again.
        let (stored, fresh) = storage.upload_new(&key, body, options).await?;
        let file = FileRef::new(StoredFile {
            key: key.to_string(),
            name: name.to_string(),
            size: stored.size,
            content_type,
            sha256: stored.sha256,
            dimensions: dimensions.get().copied(),
        });
        let checked = Checked::from_typed(self.table, vec![(field, file.into_value())], "");
        let is_pool = self.connection.is_pool();
        let engine = self.clone();
        let write = async move {
            let done = match checked {
                Ok(checked) => engine.update(operation, id, checked).await,
                Err(error) => Err(error),
            };
            match &done {
                Ok(_) => fresh.keep(),
                // The row may say it nevertheless.
                Err(error) if error.is(&catalogue::COMMIT_UNKNOWN) => fresh.keep(),
                Err(_) => fresh.remove().await,
            }
            done
        };
        if !is_pool {
            return write.boxed().await;
        }
        // The file is stored: a client that goes away while the row is written must not leave one without the other.
        let done = tokio::spawn(Work::carried(usage::measured(write.boxed()))).await;
        let (done, usage) = done.map_err(Error::internal)?;
        usage::add(usage);
        done
    }

    /// Removes the file of the row with this id.
    ///
    /// # Errors
    /// 404 where the row has none; 412; and those of a write.
    pub(crate) async fn remove_file(&self, operation: Operation, id: FieldValue, field: usize) -> Result<Record> {
        let current = self.if_met(self.get_as(operation, id.clone()).await?)?;
        if file_of(self.spec(), &current, field)?.is_none() {
            return Err(Error::not_found());
        }
        let none = Checked::from_typed(self.table, vec![(field, FieldValue::String(None))], "")?;
        self.update(operation, id, none).boxed().await
    }

    /// Which files a field takes.
    pub(crate) fn limits_of(&self, field: usize) -> Result<FileSpec> {
        let spec = self.spec();
        spec.fields[field]
            .file
            .filter(|_| spec.fields[field].is_file())
            .ok_or_else(|| Error::internal(format!("{}.{} is not a file", spec.type_name, spec.fields[field].name)))
    }
}

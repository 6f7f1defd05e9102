//! Files in the typed service.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sea_orm::{EntityTrait, IdenStatic, Iterable};

use super::incoming::Incoming;
use super::open::{Looking, note_missing};
use crate::error::{Error, Result};
use crate::resource::{FieldType, FileRef, Resource};
use crate::service::crud::Crud;
use crate::spec::Operation;
use crate::storage::{ByteRange, Download, StorageErrorKind};

/// The column of a resource, such as `task::Column::Attachment`.
type ColumnOf<R> = <<R as sea_orm::ModelTrait>::Entity as EntityTrait>::Column;

/// A file for [`Crud::put_file`]: its name and its content.
pub struct NewFile {
    incoming: Incoming<BoxStream<'static, Result<Bytes>>>,
}

impl NewFile {
    /// A file whose content is in memory.
    pub fn new(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let content = content.into();
        let size = Some(content.len() as u64);
        let mut file = Self::stream(name, stream::iter([Ok::<_, Error>(content)]));
        file.incoming.size = size;
        file
    }

    /// A file whose content arrives in parts. It is stored as it arrives, and never as a whole in memory.
    pub fn stream<E: Into<Error> + 'static>(
        name: impl Into<String>,
        content: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        let body = content.map_err(Into::into).boxed();
        Self { incoming: Incoming { name: Some(name.into()), content_type: None, size: None, body } }
    }

    /// Says of which type it is. The content must agree; a type of text, such as `text/csv`, is known only in this way.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.incoming.content_type = Some(content_type.into());
        self
    }
}

impl std::fmt::Debug for NewFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewFile").field("name", &self.incoming.name).finish_non_exhaustive()
    }
}

/// The file of a row that is being read.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpenFile {
    /// What the row says about it.
    pub file: FileRef,
    /// Its content, as it arrives from the storage.
    pub content: Download,
}

impl<R: Resource> Crud<R> {
    /// Stores a file in a field of a row, `task::Column::Attachment`, and returns the row. The file that the field had is removed
    /// after the commit.
    ///
    /// The rules of the field apply: its size, its types, its `check` functions. In a transaction that is rolled back afterwards,
    /// the content stays in the storage until `files sweep` finds it.
    ///
    /// ```
    /// use resourceful::prelude::*;
    ///
    /// #[derive(Clone, Debug, Resource)]
    /// pub struct Report {
    ///     pub id: Uuid,
    ///     #[resource(file(max = "1MiB", types("text/csv")))]
    ///     pub table: Option<FileRef>,
    /// }
    ///
    /// async fn attach(ctx: &Context, id: Uuid) -> Result<Report> {
    ///     let file = NewFile::new("numbers.csv", "a,b\n1,2\n").content_type("text/csv");
    ///     report::Service::as_system(ctx).put_file(id, report::Column::Table, file).await
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// 404 when there is no row that the actor may change; 413 for a file that is too large; 415 for one of another type; 422 for
    /// a name or a content that breaks a rule; 507 or 503 of the storage; otherwise as [`patch`](Self::patch).
    pub async fn put_file(&self, id: R::Id, field: ColumnOf<R>, file: NewFile) -> Result<R> {
        let (field, id) = (index_of::<R>(field)?, id.into_value());
        self.engine.check_file_row(Operation::Patch, id.clone()).await?;
        self.engine.store_file(Operation::Patch, id, field, file.incoming).await?.model()
    }

    /// The file in a field of a row, and its content.
    ///
    /// # Errors
    /// 404 when there is no row that the actor may see, or it has no file in this field; 503 if the storage cannot be reached.
    pub async fn open_file(&self, id: R::Id, field: ColumnOf<R>) -> Result<OpenFile> {
        self.open_part(id, field, None).await
    }

    /// The same with a part of the content.
    ///
    /// # Errors
    /// As [`open_file`](Self::open_file), and 416 for a part that the file does not have.
    pub async fn open_file_range(&self, id: R::Id, field: ColumnOf<R>, range: ByteRange) -> Result<OpenFile> {
        self.open_part(id, field, Some(range)).await
    }

    async fn open_part(&self, id: R::Id, field: ColumnOf<R>, range: Option<ByteRange>) -> Result<OpenFile> {
        let field = index_of::<R>(field)?;
        let mut row = Looking::new(&self.engine, Operation::Get, id.into_value(), field);
        let mut opened = row.open().await?;
        loop {
            let missing = match opened.storage.download(&opened.key, range).await {
                Ok(content) => return Ok(OpenFile { file: opened.file, content }),
                Err(error) if error.kind() == StorageErrorKind::NotFound => error,
                Err(error) => return Err(error.into()),
            };
            match row.again(&opened.key).await? {
                Some(other) => opened = other,
                None => {
                    note_missing(&opened.key);
                    return Err(missing.into());
                }
            }
        }
    }

    /// Removes the file in a field of a row, and returns the row. The content is removed after the commit.
    ///
    /// # Errors
    /// 404 when there is no row that the actor may change, or it has no file in this field; otherwise as
    /// [`patch`](Self::patch).
    pub async fn remove_file(&self, id: R::Id, field: ColumnOf<R>) -> Result<R> {
        let field = index_of::<R>(field)?;
        self.engine.remove_file(Operation::Patch, id.into_value(), field).await?.model()
    }
}

/// The index of the field with this column, which is a file.
fn index_of<R: Resource>(column: ColumnOf<R>) -> Result<usize> {
    // The columns are in the order of the fields.
    let index = ColumnOf::<R>::iter().position(|known| known.as_str() == column.as_str());
    let found = index.filter(|&index| R::spec().fields[index].file.is_some());
    found.ok_or_else(|| {
        let name = R::spec().type_name;
        Error::internal(format!("`{}` of {name} is not a file; name a field with `file(..)`", column.as_str()))
    })
}

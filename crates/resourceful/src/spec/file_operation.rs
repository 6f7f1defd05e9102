//! The endpoints of fields that are files.

use super::field::FieldAccess;
use super::field_ref::FieldRef;
use super::file::ThumbSpec;
use super::operation::Operation;
use super::resource::ResourceSpec;

/// What an endpoint of a file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAction {
    /// PUT `/projects/{id}/attachment`
    Upload,
    /// GET `/projects/{id}/attachment`
    Download,
    /// DELETE `/projects/{id}/attachment`
    Remove,
    /// GET `/projects/{id}/attachment/thumbs/200x200`
    Thumb(ThumbSpec),
}

/// An endpoint of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOperation {
    /// The index of the field in [`ResourceSpec::fields`].
    pub field: usize,
    /// What it does.
    pub action: FileAction,
    /// The operation on the row that it is a part of: it has the requirement, the policy and the rows of that one. `Patch`
    /// or `SelfPatch` for what changes the file, `Get` or `SelfGet` for what shows it.
    pub operation: Operation,
}

impl FileOperation {
    /// The HTTP method.
    pub const fn method(&self) -> &'static str {
        match self.action {
            FileAction::Upload => "PUT",
            FileAction::Download | FileAction::Thumb(_) => "GET",
            FileAction::Remove => "DELETE",
        }
    }

    /// The path below the resource's: `/self/{id}/attachment`. The last word is the field's name in JSON.
    pub fn path(&self, spec: &ResourceSpec) -> String {
        let (row, field) = (self.operation.path(), spec.fields[self.field].json);
        match self.action {
            FileAction::Thumb(size) => format!("{row}/{field}/thumbs/{size}"),
            _ => format!("{row}/{field}"),
        }
    }

    /// The name in `operationId`s: `self_upload_attachment`.
    pub fn name(&self, spec: &ResourceSpec) -> String {
        let own = if self.operation.is_self() { "self_" } else { "" };
        let field = spec.fields[self.field].name;
        match self.action {
            FileAction::Upload => format!("{own}upload_{field}"),
            FileAction::Download => format!("{own}download_{field}"),
            FileAction::Remove => format!("{own}remove_{field}"),
            FileAction::Thumb(size) => format!("{own}download_{field}_{size}"),
        }
    }
}

impl ResourceSpec {
    /// The fields that are files.
    pub fn files(&self) -> impl Iterator<Item = FieldRef> + use<> {
        self.all_fields().filter(|field| field.is_file())
    }

    /// Whether callers may upload and remove the file of this field.
    pub fn is_uploadable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        field.is_file() && matches!(field.access, FieldAccess::Normal | FieldAccess::WriteOnly)
    }

    /// The endpoints of the resource's files.
    pub fn file_operations(&self) -> Vec<FileOperation> {
        let mut all = Vec::new();
        for field in self.files() {
            let (index, thumbs) = (field.index, field.file.map_or(&[][..], |file| file.thumbs));
            let mut add = |operation: Operation, action| {
                if self.operation(operation).is_some() {
                    all.push(FileOperation { field: index, action, operation });
                }
            };
            for (write, read) in [(Operation::Patch, Operation::Get), (Operation::SelfPatch, Operation::SelfGet)] {
                if self.is_uploadable(index) {
                    add(write, FileAction::Upload);
                }
                if self.is_readable(index) {
                    add(read, FileAction::Download);
                    thumbs.iter().for_each(|thumb| add(read, FileAction::Thumb(*thumb)));
                }
                if self.is_uploadable(index) {
                    add(write, FileAction::Remove);
                }
            }
        }
        all
    }
}

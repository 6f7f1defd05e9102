//! The resource as data.
//!
//! `#[derive(Resource)]` generates one [`ResourceSpec`]. Tables, routes, permission checks, filters, the OpenAPI document
//! and the permission manifest are derived from it alone. It is plain data: no input or output, no HTTP, no SQL.

mod field;
mod field_ref;
mod file;
mod file_operation;
mod operation;
mod requirement;
mod resource;
mod words;

pub use field::{ComputedSpec, EnumSpec, FieldAccess, FieldRole, FieldSpec, JsonSpec, Kind, TypeSpec, VariantSpec};
pub use field_ref::FieldRef;
pub use file::{FileSpec, ThumbSpec};
pub use file_operation::{FileAction, FileOperation};
pub use operation::{Operation, OperationSpec, Outcome, Target};
pub use requirement::Requirement;
pub use resource::{
    CacheSpec, OnDelete, OwnerSpec, PageSpec, RelationKind, RelationSpec, ResourceSpec, SearchSpec, SortSpec,
};
pub use words::words;

pub use crate::rules::Rule;

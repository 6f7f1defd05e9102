//! The contract between generated code and the engine.
//!
//! `#[derive(Resource)]` implements [`Resource`] for the user's struct: associated types for the typed side, and one
//! [`ResourceTable`] of data and plain functions that the engine works with. The engine is compiled once; nothing in it
//! is generic over a resource.

pub mod assert;
mod body;
mod check;
mod column;
mod decode;
mod encode;
mod enums;
mod field_functions;
mod field_of;
mod field_type;
mod field_types;
mod file;
mod file_field;
mod hook_fns;
mod json;
mod json_text;
mod model;
mod number;
mod record;
mod relation;
mod rows;
pub(crate) mod sample;
mod shape;
mod slot;
mod state;
mod table;
mod types;
mod value;

pub use body::{BULK_MAX, Body, parse_json};
pub(crate) use body::{parts as json_parts, rounded, rounded_numbers};
pub use decode::{BodyShape, Checked, decode_body, decode_bulk, parse_id};
pub(crate) use decode::{absent_value, check_all_numbers, refused_default, vanished};
pub use encode::{Visible, encode_model, encode_record, member};
pub use enums::{enum_from_value, enum_into_value, enum_read, enum_type};
pub use field_functions::{FieldOf, Table};
pub use field_of::{ComputedOf, default_value, run_check, text_default};
pub use field_type::{
    FieldTables, FieldType, IdType, LengthRule, RangeRule, ResourceEnum, Scalar, TextRule, WrongType,
};
pub use file::FileRef;
#[cfg(feature = "storage")]
pub(crate) use file::StoredFile;
pub(crate) use file_field::segment;
pub use hook_fns::{HookContext, HookFns, Written};
pub use json::{Json, JsonContent, JsonShape};
pub(crate) use json_text::stored as stored_json;
pub(crate) use model::read;
pub use model::{array_type, column_def, column_named, compute, model_of, run_model_check};
pub use record::Record;
pub use relation::{RefersTo, ToMany, ToOne, belongs_to, has_many, has_many_via, has_one, has_one_via};
pub use rows::{PolicyFn, RowRule, RowSet};
pub(crate) use shape::{explain, explain_query, infinite_in_query};
pub use slot::{ActiveSlot, FieldSlot};
pub(crate) use state::{first_version, state_of, version_of, version_of_model};
pub use table::{FieldFns, HasHooks, HasPolicy, Input, RelationFns, Resource, ResourceTable};
pub use types::{Assignments, FieldValue, Model};
pub use value::{json_to_value, null_of, text_to_value, value_to_json};

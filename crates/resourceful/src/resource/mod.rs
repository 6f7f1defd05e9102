//! The contract between generated code and the engine.
//!
//! `#[derive(Resource)]` implements [`Resource`] for the user's struct: associated types for the typed side, and one
//! [`ResourceTable`] of data and plain functions that the engine works on. The engine is compiled once; nothing in it
//! is generic over a resource.

pub mod assert;
mod column;
mod decode;
mod encode;
mod enums;
mod field_of;
mod field_type;
mod hook_fns;
mod json;
mod json_text;
mod model;
mod number;
mod relation;
mod rows;
mod shape;
mod slot;
mod strict_json;
mod value;

pub use decode::{BULK_MAX, BodyShape, Checked, decode_body, decode_bulk, parse_id};
pub(crate) use decode::{absent_value, check_all_numbers, vanished};
pub use encode::{Record, Visible, encode_model, encode_record, member};
pub use enums::{enum_from_value, enum_into_value, enum_read, enum_type};
pub use field_of::{ComputedOf, FieldOf, default_value, run_check};
pub use field_type::{FieldType, IdType, LengthRule, RangeRule, ResourceEnum, Scalar, TextRule, WrongType};
pub use hook_fns::{HookContext, HookFns, Written};
pub use json::{Json, JsonContent, JsonShape};
pub(crate) use json_text::stored as stored_json;
pub(crate) use model::read;
pub use model::{array_type, column_def, column_named, compute, model_of, run_model_check};
pub use relation::{RefersTo, ToMany, ToOne, belongs_to, has_many, has_many_via, has_one, has_one_via};
pub use rows::{HasHooks, HasPolicy, PolicyFn, RowRule, RowSet};
pub(crate) use shape::{explain, explain_query, infinite_in_query};
pub use slot::{ActiveSlot, FieldSlot};
pub use strict_json::{Body, parse_json};
pub(crate) use strict_json::{parts as json_parts, rounded, rounded_numbers};
pub use value::{json_to_value, null_of, text_to_value, value_to_json};

use std::any::Any;

use sea_orm::{EntityTrait, FromQueryResult, ModelTrait};

use crate::error::Result;
use crate::spec::{RelationSpec, ResourceSpec};

/// A value on its way to or from the database.
pub type FieldValue = sea_orm::Value;

/// Fields of a write, each with its index in [`ResourceSpec::fields`] and its value; every field at most once.
pub type Assignments = Vec<(usize, FieldValue)>;

/// A struct that derives `Resource`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "this type does not derive `Resource`",
    note = "add `#[derive(Clone, Debug, Resource)]` to the struct"
)]
// On one line: compilers quote it to people whose struct lacks something.
#[rustfmt::skip]
pub trait Resource: ModelTrait<Entity: EntityTrait<Model = Self>> + FromQueryResult + Send + Sync + Sized + 'static {
    /// The type of the id: `Uuid`, `i32`, `i64` or `String`.
    type Id: IdType;
    /// The body of POST.
    type Create: Input;
    /// The body of PUT.
    type Update: Input;
    /// The body of PATCH.
    type Patch: Input;

    /// The resource as the engine sees it.
    const TABLE: &'static ResourceTable;

    /// The resource as data.
    fn spec() -> &'static ResourceSpec {
        Self::TABLE.spec
    }
}

/// A typed body, as the service takes it.
pub trait Input: Send + 'static {
    /// The fields that were given.
    fn into_assignments(self) -> Assignments;
}

/// A resource as the engine sees it: its description, and the few functions that only generated code can provide.
#[derive(Debug, Clone, Copy)]
pub struct ResourceTable {
    /// The description.
    pub spec: &'static ResourceSpec,
    /// Functions of each field, in the order of [`ResourceSpec::fields`].
    pub fields: &'static [FieldFns],
    /// The other resource of each relation, in the order of [`ResourceSpec::relations`].
    pub relations: &'static [RelationFns],
    /// Makes a model of a row, for what looks at whole models.
    pub model: fn(&Record) -> Result<Model>,
    /// Computes each output field, in the order of [`ResourceSpec::computed`].
    pub computed: &'static [fn(&dyn Any) -> FieldValue],
    /// The `check` functions across fields.
    pub checks: &'static [fn(&dyn Any) -> Result<(), String>],
    /// Which rows a caller may touch, when the resource says `policy`.
    pub policy: Option<PolicyFn>,
    /// The hooks, when the resource says `hooks`.
    pub hooks: Option<HookFns>,
}

/// A model whose type the engine does not know.
pub type Model = Box<dyn Any + Send + Sync>;

/// The resources at the other end of a relation.
#[derive(Debug, Clone, Copy)]
pub struct RelationFns {
    /// The other resource.
    pub target: fn() -> &'static ResourceTable,
    /// The resource that joins the two, of a many-to-many relation.
    pub through: Option<fn() -> &'static ResourceTable>,
}

impl ResourceTable {
    /// The resources at the other end of one of this resource's relations; `None` when the relation is not its own.
    pub fn related(&self, relation: &RelationSpec) -> Option<&'static RelationFns> {
        let place = self.spec.relations.iter().position(|own| std::ptr::eq(own, relation))?;
        self.relations.get(place)
    }
}

/// The functions of one field.
#[derive(Debug, Clone, Copy)]
pub struct FieldFns {
    /// Makes the default, when the field has one.
    pub default: Option<fn() -> FieldValue>,
    /// The `check` functions, run on values that are not null.
    pub checks: &'static [fn(&FieldValue) -> Result<(), String>],
}

//! The types that generated code fills in: the resource, its table of functions, and its markers.

use std::any::Any;

use sea_orm::{EntityTrait, FromQueryResult, ModelTrait};

use super::field_type::IdType;
use super::hook_fns::HookFns;
use super::record::Record;
use super::rows::PolicyFn;
use super::types::{Assignments, FieldValue, Model};
use crate::error::Result;
use crate::spec::{RelationSpec, ResourceSpec};

/// A struct that derives `Resource`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "this type does not derive `Resource`",
    note = "add `#[derive(Clone, Debug, Resource)]` to the struct; if it is there, it has an error of its own"
)]
// On one line, because compilers quote it in error messages.
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

    /// The resource as the engine uses it.
    const TABLE: &'static ResourceTable;

    /// The resource as data.
    fn spec() -> &'static ResourceSpec {
        Self::TABLE.spec
    }
}

/// A typed body.
pub trait Input: Send + 'static {
    /// The given fields.
    fn into_assignments(self) -> Assignments;
}

/// A resource as the engine uses it: its spec, and the few functions that only generated code can provide.
#[derive(Debug, Clone, Copy)]
pub struct ResourceTable {
    /// The spec.
    pub spec: &'static ResourceSpec,
    /// Functions of each field, in the order of [`ResourceSpec::fields`].
    pub fields: &'static [FieldFns],
    /// The other resource of each relation, in the order of [`ResourceSpec::relations`].
    pub relations: &'static [RelationFns],
    /// Makes a model of a row, for code that works with models.
    pub model: fn(&Record) -> Result<Model>,
    /// Computes each output field, in the order of [`ResourceSpec::computed`].
    pub computed: &'static [fn(&dyn Any) -> FieldValue],
    /// The `check` functions across fields.
    pub checks: &'static [fn(&dyn Any) -> Result<(), String>],
    /// The policy, where the resource has one.
    pub policy: Option<PolicyFn>,
    /// The hooks, where the resource has them.
    pub hooks: Option<HookFns>,
}

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
    /// Makes the default, where the field has one.
    pub default: Option<fn() -> FieldValue>,
    /// The `check` functions, run on values that are not null.
    pub checks: &'static [fn(&FieldValue) -> Result<(), String>],
}

/// A resource with `#[resource(policy)]`, which implements `Policy`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements `Policy`, but its struct does not have the attribute `policy`",
    label = "this policy would never be used",
    note = "add `#[resource(policy)]` to the struct"
)]
pub trait HasPolicy: Resource {}

/// A resource with `#[resource(hooks)]`, which implements `Hooks`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements `Hooks`, but its struct does not have the attribute `hooks`",
    label = "these hooks would never be run",
    note = "add `#[resource(hooks)]` to the struct"
)]
pub trait HasHooks: Resource + Clone + ModelTrait<Entity: EntityTrait<ActiveModel: Send + From<Self>>> {}

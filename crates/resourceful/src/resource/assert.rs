//! Bounds that generated code asserts one by one, each at the user's own token, so that the compiler's message names
//! the field's type and nothing generated.

use std::fmt::Debug;

use sea_orm::ModelTrait;

use super::field_type::{FieldType, IdType, LengthRule, RangeRule, TextRule};
use super::relation::RefersTo;
use super::table::Resource;
use crate::spec::{FieldRole, Kind, RelationKind, ResourceSpec};

/// The type can be an id's.
pub const fn id_type<T: IdType>() {}

/// `length` fits the type.
pub const fn length_rule<T: LengthRule>() {}

/// `range` fits the type.
pub const fn range_rule<T: RangeRule>() {}

/// The rules for text and `search` fit the type.
pub const fn text_rule<T: TextRule>() {}

/// A `belongs_to` of the one resource leads to the other.
pub const fn refers_to<From, To>()
where
    From: ModelTrait<Entity: RefersTo<To::Entity>>,
    To: ModelTrait,
{
}

/// Blanket trait whose projection makes rustc check Clone + Debug + Send + Sync at the user's struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a resource, which needs `Clone` and `Debug`; write `#[derive(Clone, Debug, Resource)]`",
    label = "this struct lacks `Clone` or `Debug`, or has a field that cannot be sent to other threads"
)]
pub trait IsModel {
    /// The struct.
    type Itself: Clone + Debug + Send + Sync;
}

#[diagnostic::do_not_recommend]
impl<T: Clone + Debug + Send + Sync> IsModel for T {
    type Itself = T;
}

/// A struct that can be a model.
#[derive(Debug)]
pub struct Model<T: IsModel>(std::marker::PhantomData<T>);

/// As with [`IsModel`], a type to which a relation can lead.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "this type does not derive `Resource`",
    note = "a relation leads to a struct with `#[derive(Clone, Debug, Resource)]`"
)]
pub trait IsResource {
    /// The resource.
    type Itself: Resource;
}

#[diagnostic::do_not_recommend]
impl<T: Resource> IsResource for T {
    type Itself = T;
}

/// A file that can be null.
pub const fn is_file<T: FieldType>() -> bool {
    T::TYPE.nullable && matches!(T::TYPE.kind, Kind::File)
}

/// Smaller copies of images can be made; the type does not matter.
pub const fn has_thumbnails<T>() -> bool {
    cfg!(feature = "thumbnails")
}

/// Not an `Option`.
pub const fn is_nullable<T: FieldType>() -> bool {
    T::TYPE.nullable
}

/// Text, which an owner's id is.
pub const fn is_text<T: FieldType>() -> bool {
    T::TYPE.kind.is_text()
}

/// A date with a time and an offset.
pub const fn is_timestamp<T: FieldType>() -> bool {
    !T::TYPE.nullable && matches!(T::TYPE.kind, Kind::Timestamp)
}

/// A number that can count the changes of a row.
pub const fn is_version<T: FieldType>() -> bool {
    !T::TYPE.nullable && matches!(T::TYPE.kind, Kind::I32 | Kind::I64)
}

/// Neither JSON nor bytes nor a file.
pub const fn is_comparable<T: FieldType>() -> bool {
    T::TYPE.kind.is_comparable()
}

/// A whole number.
pub const fn is_whole<T: FieldType>() -> bool {
    matches!(T::TYPE.kind, Kind::I16 | Kind::I32 | Kind::I64)
}

/// At most one row of the resource can refer to a row by this field, or else by one of its `belongs_to`: which of
/// several is meant is known only when the application is assembled. A field that does not exist is not checked here.
pub const fn refers_once<To: Resource>(via: Option<&str>) -> bool {
    let spec = To::TABLE.spec;
    let mut refers = false;
    let mut at = 0;
    while at < spec.relations.len() {
        if let RelationKind::BelongsTo { field, .. } = spec.relations[at].kind
            && (match via {
                Some(via) => is_same(via, field),
                None => true,
            })
        {
            refers = true;
            if is_unique(spec, field) {
                return true;
            }
        }
        at += 1;
    }
    match via {
        Some(via) if !refers => is_unique(spec, via),
        _ => !refers,
    }
}

/// The field is unique, or it does not exist.
const fn is_unique(spec: &ResourceSpec, name: &str) -> bool {
    let mut at = 0;
    while at < spec.unique.len() {
        if let [only] = spec.unique[at]
            && is_same(only, name)
        {
            return true;
        }
        at += 1;
    }
    at = 0;
    while at < spec.fields.len() {
        let field = &spec.fields[at];
        if is_same(field.name, name) {
            return field.unique || matches!(field.role, FieldRole::Id);
        }
        at += 1;
    }
    true
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

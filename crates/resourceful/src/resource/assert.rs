//! Bounds that generated code asserts one by one, each at the user's own token, so that the compiler's message names
//! the field's type and nothing generated.

use std::fmt::Debug;

use sea_orm::ModelTrait;

use super::{FieldType, IdType, LengthRule, RangeRule, RefersTo, TextRule};
use crate::spec::Kind;

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

/// A struct that can be a model, by way of a trait that only such structs have.
pub trait IsModel {
    /// The struct.
    type Itself: Clone + Debug + Send + Sync;
}

impl<T: Clone + Debug + Send + Sync> IsModel for T {
    type Itself = T;
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

/// Neither JSON nor bytes.
pub const fn is_comparable<T: FieldType>() -> bool {
    T::TYPE.kind.is_comparable()
}

/// A whole number.
pub const fn is_whole<T: FieldType>() -> bool {
    matches!(T::TYPE.kind, Kind::I16 | Kind::I32 | Kind::I64)
}

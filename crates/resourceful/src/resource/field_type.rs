//! The types a field can have.

use sea_orm::sea_query::Nullable;

use super::types::FieldValue;
use crate::spec::{EnumSpec, TypeSpec};

/// A value of the database that is not of the field's type.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct WrongType {
    /// The type of the field.
    pub expected: &'static str,
    /// The value that was found.
    pub found: String,
}

/// A type that a field of a resource can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a resource's field",
    label = "this type is not a field type; for an enum, derive `ResourceEnum`; for JSON, use `Json<..>`",
    note = "allowed: i16, i32, i64, f32, f64, Decimal, String, bool, Uuid, NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, \
            serde_json::Value, resourceful::Json<T>, Vec<u8>, Option<FileRef>, an enum that derives ResourceEnum, and Option of one of these"
)]
pub trait FieldType: Clone + Send + Sync + Sized + Into<FieldValue> + 'static {
    /// The type without `Option`.
    type Scalar: Scalar;

    /// The type as data.
    const TYPE: TypeSpec;

    /// The value for the database: timestamps in UTC, truncated to the microsecond.
    fn into_value(self) -> FieldValue;

    /// Reads the value of the database.
    ///
    /// # Errors
    /// When it is of another type, or null where null is not allowed.
    fn from_value(value: FieldValue) -> Result<Self, WrongType>;
}

/// A field type that is not an `Option`.
pub trait Scalar: FieldType<Scalar = Self> + Nullable {}

/// How generated code names what belongs to the type of a field. It has no supertraits and names SeaORM's types itself, so
/// that the compiler's only complaint about another type is the sentence below.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a resource's field",
    label = "this type is not a field type; for an enum, derive `ResourceEnum`; for JSON, use `Json<..>`",
    note = "allowed: i16, i32, i64, f32, f64, Decimal, String, bool, Uuid, NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, \
            serde_json::Value, resourceful::Json<T>, Vec<u8>, Option<FileRef>, an enum that derives ResourceEnum, and Option of one of these"
)]
pub trait FieldTables {
    /// The type of the field in an active model, `ActiveValue<Self>`.
    type Active;
    /// The same of a field that can be null.
    type ActiveOption;
    /// What generated code does with the type.
    type Table;
    /// The same with a type that can be null.
    type OptionTable;
}

/// A type that an id can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an id",
    label = "the type of an id is `Uuid`, `i32`, `i64` or `String`"
)]
pub trait IdType: Scalar + std::fmt::Display {}

/// A type to which the rule `length` applies.
#[diagnostic::on_unimplemented(
    message = "`length` does not fit the type `{Self}`",
    label = "remove `length`; it is allowed on String and Vec<u8>"
)]
pub trait LengthRule {}

/// A type to which the rule `range` applies.
#[diagnostic::on_unimplemented(
    message = "`range` does not fit the type `{Self}`",
    label = "remove `range`; it is allowed on i16, i32, i64, f32, f64 and Decimal"
)]
pub trait RangeRule {}

/// A type to which the rules for text (`pattern`, `email`, `url`) and `search` apply.
#[diagnostic::on_unimplemented(
    message = "a rule for text does not fit the type `{Self}`",
    label = "remove it; `pattern`, `email`, `url`, `search` and `one_of` with strings are allowed on String"
)]
pub trait TextRule {}

/// An enum that derives `ResourceEnum`.
pub trait ResourceEnum: Copy + Send + Sync + Sized + 'static {
    /// The enum as data.
    const SPEC: &'static EnumSpec;
    /// The variant's place in the list.
    fn index(self) -> usize;
    /// The variant at this place.
    fn from_index(index: usize) -> Option<Self>;

    /// The variant's name in JSON and in the database.
    fn as_str(self) -> &'static str {
        Self::SPEC.variants[self.index()].value
    }

    /// The variant with this name.
    fn parse(value: &str) -> Option<Self> {
        Self::SPEC.variants.iter().position(|variant| variant.value == value).and_then(Self::from_index)
    }
}

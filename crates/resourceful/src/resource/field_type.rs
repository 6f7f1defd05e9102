//! The types a field can have.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Utc};
use rust_decimal::Decimal;
use sea_orm::sea_query::Nullable;
use uuid::Uuid;

use super::types::FieldValue;
use crate::spec::{EnumSpec, JsonSpec, Kind, TypeSpec};

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

macro_rules! scalar {
    ($($ty:ty, $kind:expr, $variant:ident, $into:expr, $from:expr;)*) => { $(
        impl FieldType for $ty {
            type Scalar = Self;

            const TYPE: TypeSpec = TypeSpec { kind: $kind, nullable: false };

            fn into_value(self) -> FieldValue {
                let into: fn(Self) -> _ = $into;
                FieldValue::$variant(Some(into(self)))
            }

            fn from_value(value: FieldValue) -> Result<Self, WrongType> {
                match value {
                    FieldValue::$variant(Some(inner)) => {
                        let from: fn(_) -> Self = $from;
                        Ok(from(inner))
                    }
                    other => Err(WrongType { expected: stringify!($ty), found: format!("{other:?}") }),
                }
            }
        }
        impl Scalar for $ty {}
    )* };
}

static ANY_JSON: JsonSpec = JsonSpec { accepts: |_| Ok(()), shape: || serde_json::json!({}) };

scalar! {
    i16, Kind::I16, SmallInt, |v| v, |v| v;
    i32, Kind::I32, Int, |v| v, |v| v;
    i64, Kind::I64, BigInt, |v| v, |v| v;
    f32, Kind::F32, Float, |v| v, |v| v;
    f64, Kind::F64, Double, |v| v, |v| v;
    Decimal, Kind::Decimal, Decimal, super::value::plain_zero, |v| v;
    String, Kind::String, String, |v| v, |v| v;
    bool, Kind::Bool, Bool, |v| v, |v| v;
    Uuid, Kind::Uuid, Uuid, |v| v, |v| v;
    NaiveDate, Kind::Date, ChronoDate, |v| v, |v| v;
    NaiveTime, Kind::Time, ChronoTime, |v| v.trunc_subsecs(6), |v| v;
    NaiveDateTime, Kind::DateTime, ChronoDateTime, |v| v.trunc_subsecs(6), |v| v;
    Vec<u8>, Kind::Bytes, Bytes, |v| v, |v| v;
    serde_json::Value, Kind::Json(&ANY_JSON), Json, Box::new, |v: Box<serde_json::Value>| *v;
}

/// `DateTime` of any zone that can be made from UTC: stored and shown in UTC.
impl<Tz: TimeZone + 'static> FieldType for DateTime<Tz>
where
    DateTime<Tz>: From<DateTime<Utc>> + Into<FieldValue> + Nullable + Send + Sync,
    Tz::Offset: Send + Sync,
{
    type Scalar = Self;

    const TYPE: TypeSpec = TypeSpec { kind: Kind::Timestamp, nullable: false };

    fn into_value(self) -> FieldValue {
        FieldValue::ChronoDateTimeUtc(Some(self.with_timezone(&Utc).trunc_subsecs(6)))
    }

    fn from_value(value: FieldValue) -> Result<Self, WrongType> {
        match value {
            FieldValue::ChronoDateTimeUtc(Some(inner)) => Ok(inner.into()),
            other => Err(WrongType { expected: "DateTime", found: format!("{other:?}") }),
        }
    }
}

impl<Tz: TimeZone + 'static> Scalar for DateTime<Tz>
where
    DateTime<Tz>: From<DateTime<Utc>> + Into<FieldValue> + Nullable + Send + Sync,
    Tz::Offset: Send + Sync,
{
}

impl<T: Scalar> FieldType for Option<T> {
    type Scalar = T;

    const TYPE: TypeSpec = TypeSpec { kind: T::TYPE.kind, nullable: true };

    fn into_value(self) -> FieldValue {
        match self {
            Some(inner) => inner.into_value(),
            None => super::value::null_of(&T::TYPE.kind),
        }
    }

    fn from_value(value: FieldValue) -> Result<Self, WrongType> {
        if value == super::value::null_of(&T::TYPE.kind) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl IdType for Uuid {}
impl IdType for i32 {}
impl IdType for i64 {}
impl IdType for String {}

macro_rules! marker {
    ($marker:ident: $($ty:ty),*) => { $( impl $marker for $ty {} impl $marker for Option<$ty> {} )* };
}
marker!(LengthRule: String, Vec<u8>);
marker!(RangeRule: i16, i32, i64, f32, f64, Decimal);
marker!(TextRule: String);

//! The types that a field can have: the implementations.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeZone, Utc};
use rust_decimal::Decimal;
use sea_orm::ActiveValue;
use sea_orm::sea_query::Nullable;
use uuid::Uuid;

use super::field_functions::FieldOf;
use super::field_type::{FieldTables, FieldType, IdType, LengthRule, RangeRule, Scalar, TextRule, WrongType};
use super::types::FieldValue;
use crate::spec::{JsonSpec, Kind, TypeSpec};

/// The types that generated code names.
macro_rules! tables {
    ($ty:ty) => {
        impl FieldTables for $ty {
            type Active = ActiveValue<Self>;
            type ActiveOption = ActiveValue<Option<Self>>;
            type OptionTable = FieldOf<Option<Self>, ActiveValue<Option<Self>>>;
            type Table = FieldOf<Self, ActiveValue<Self>>;
        }
    };
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
        tables!($ty);
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

impl<Tz: TimeZone + 'static> FieldTables for DateTime<Tz>
where
    DateTime<Tz>: From<DateTime<Utc>> + Into<FieldValue> + Nullable + Send + Sync,
    Tz::Offset: Send + Sync,
{
    type Active = ActiveValue<Self>;
    type ActiveOption = ActiveValue<Option<Self>>;
    type OptionTable = FieldOf<Option<Self>, ActiveValue<Option<Self>>>;
    type Table = FieldOf<Self, ActiveValue<Self>>;
}

// An alias of an `Option`, whose inner type generated code does not see.
impl<T: Scalar> FieldTables for Option<T> {
    type Active = ActiveValue<Self>;
    type ActiveOption = Self::Active;
    type OptionTable = Self::Table;
    type Table = FieldOf<Self, ActiveValue<Self>>;
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

//! JSON with a type.

use sea_orm::ActiveValue;
use serde::{Serialize, de::DeserializeOwned};

use super::field_functions::FieldOf;
use super::field_type::{FieldTables, FieldType, Scalar, WrongType};
use super::shape;
use super::types::FieldValue;
use crate::spec::{JsonSpec, Kind, TypeSpec};

/// JSON that is read as `T`: as a field, a JSON column that only holds what `T` can be read from; as an argument of a
/// hand-written endpoint, the request's body; as an answer, `T` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Json<T> {
    fn from(inner: T) -> Self {
        Self(inner)
    }
}

/// The JSON Schema (draft 2020-12) of the type of a [`Json`] field. The default says nothing about the shape,
/// so `impl JsonShape for Settings {}` is enough to begin with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON shape",
    note = "write `impl resourceful::JsonShape for {Self} {{}}`, and return its JSON Schema from `shape` to have it in the OpenAPI document"
)]
pub trait JsonShape {
    /// The schema.
    fn shape() -> serde_json::Value {
        serde_json::json!({})
    }
}

macro_rules! shape {
    ($($ty:ty => $schema:tt;)*) => { $(
        impl JsonShape for $ty {
            fn shape() -> serde_json::Value {
                serde_json::json!($schema)
            }
        }
    )* };
}

shape! {
    String => {"type": "string"};
    bool => {"type": "boolean"};
    i16 => {"type": "integer"};
    i32 => {"type": "integer", "format": "int32"};
    i64 => {"type": "integer", "format": "int64"};
    u8 => {"type": "integer", "minimum": 0};
    u16 => {"type": "integer", "minimum": 0};
    u32 => {"type": "integer", "minimum": 0};
    u64 => {"type": "integer", "minimum": 0};
    f32 => {"type": "number"};
    f64 => {"type": "number"};
    uuid::Uuid => {"type": "string", "format": "uuid"};
    chrono::DateTime<chrono::Utc> => {"type": "string", "format": "date-time"};
    chrono::NaiveDate => {"type": "string", "format": "date"};
    serde_json::Value => {};
}

impl<T: JsonShape> JsonShape for Vec<T> {
    fn shape() -> serde_json::Value {
        serde_json::json!({"type": "array", "items": T::shape()})
    }
}

impl<T: JsonShape> JsonShape for Option<T> {
    fn shape() -> serde_json::Value {
        serde_json::json!({"anyOf": [T::shape(), {"type": "null"}]})
    }
}

macro_rules! map_shape {
    ($($map:ident),*) => { $(
        impl<T: JsonShape> JsonShape for std::collections::$map<String, T> {
            fn shape() -> serde_json::Value {
                serde_json::json!({"type": "object", "additionalProperties": T::shape()})
            }
        }
    )* };
}
map_shape!(BTreeMap, HashMap);

/// What a typed JSON field requires of its content.
pub trait JsonContent: Serialize + DeserializeOwned + JsonShape + Clone + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + JsonShape + Clone + Send + Sync + 'static> JsonContent for T {}

impl<T: JsonContent> Json<T> {
    const SPEC: JsonSpec = JsonSpec {
        accepts: |value| T::deserialize(value).map(drop).map_err(|_| shape::explain::<T>(value)),
        shape: T::shape,
    };

    fn to_json(&self) -> serde_json::Value {
        // Only a map whose keys are not strings cannot be written; such a type cannot be read
        // from JSON either, so it never passes `accepts`.
        serde_json::to_value(&self.0).unwrap_or(serde_json::Value::Null)
    }
}

impl<T: JsonContent> FieldType for Json<T> {
    type Scalar = Self;

    const TYPE: TypeSpec = TypeSpec { kind: Kind::Json(&Self::SPEC), nullable: false };

    fn into_value(self) -> FieldValue {
        FieldValue::Json(Some(Box::new(self.to_json())))
    }

    fn from_value(value: FieldValue) -> Result<Self, WrongType> {
        let json = serde_json::Value::from_value(value)?;
        serde_json::from_value(json)
            .map(Self)
            .map_err(|error| WrongType { expected: std::any::type_name::<T>(), found: error.to_string() })
    }
}

impl<T: JsonContent> FieldTables for Json<T> {
    type Active = ActiveValue<Self>;
    type ActiveOption = ActiveValue<Option<Self>>;
    type OptionTable = FieldOf<Option<Self>, ActiveValue<Option<Self>>>;
    type Table = FieldOf<Self, ActiveValue<Self>>;
}

impl<T: JsonContent> Scalar for Json<T> {}

// What SeaORM requires of a column's type.

impl<T: JsonContent> From<Json<T>> for sea_orm::Value {
    fn from(json: Json<T>) -> Self {
        json.into_value()
    }
}

impl<T: JsonContent> sea_orm::sea_query::Nullable for Json<T> {
    fn null() -> sea_orm::Value {
        sea_orm::Value::Json(None)
    }
}

impl<T: JsonContent> sea_orm::sea_query::ValueType for Json<T> {
    fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
        Self::from_value(value).map_err(|_| sea_orm::sea_query::ValueTypeErr)
    }

    fn type_name() -> String {
        "Json".to_owned()
    }

    fn array_type() -> sea_orm::sea_query::ArrayType {
        sea_orm::sea_query::ArrayType::Json
    }

    fn column_type() -> sea_orm::sea_query::ColumnType {
        sea_orm::sea_query::ColumnType::JsonBinary
    }
}

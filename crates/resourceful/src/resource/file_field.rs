//! Files as the type of a field, and where a caller downloads them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::ActiveValue;

use super::field_functions::FieldOf;
use super::field_type::{FieldTables, FieldType, Scalar, WrongType};
use super::file::FileRef;
use super::types::FieldValue;
use super::value::value_to_json;
use crate::actor::Actor;
use crate::spec::{Kind, Operation, ResourceSpec, TypeSpec};

/// What is encoded in a path segment: all but the unreserved characters (RFC 3986 section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a caller finds the files of a resource's rows, if they can download any: below its own path, or below that of
/// their own rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Downloads(&'static str);

impl Downloads {
    pub(super) fn of(spec: &'static ResourceSpec, actor: &Actor) -> Option<Self> {
        let mut offered = [Operation::Get, Operation::SelfGet].into_iter().filter_map(|one| spec.operation(one));
        let allowed = |requires| actor.require(requires).is_ok();
        let first = offered.next()?;
        let chosen = offered.next().filter(|own| !allowed(&first.requires) && allowed(&own.requires)).unwrap_or(first);
        Some(Self(if chosen.operation.is_self() { "self/" } else { "" }))
    }

    /// The path of the file of a row, relative to the API's own: `projects/0190a2d4-../attachment`.
    pub(super) fn url(self, spec: &ResourceSpec, id: &FieldValue, field: &str) -> Option<String> {
        let id = segment(spec, id)?;
        Some(format!("{}/{}{id}/{field}", spec.path, self.0))
    }
}

/// An id as a segment of a path.
pub(crate) fn segment(spec: &ResourceSpec, id: &FieldValue) -> Option<String> {
    match value_to_json(&spec.id_field().ty.kind, id) {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(utf8_percent_encode(&text, SEGMENT).to_string()),
        other => Some(other.to_string()),
    }
}

impl FieldType for FileRef {
    type Scalar = Self;

    const TYPE: TypeSpec = TypeSpec { kind: Kind::File, nullable: false };

    fn into_value(self) -> FieldValue {
        FieldValue::String(Some(self.to_text()))
    }

    fn from_value(value: FieldValue) -> Result<Self, WrongType> {
        let wrong = |found: String| WrongType { expected: "FileRef", found };
        match value {
            FieldValue::String(Some(text)) => Self::read(&text).ok_or_else(|| wrong(text)),
            other => Err(wrong(format!("{other:?}"))),
        }
    }
}

impl FieldTables for FileRef {
    type Active = ActiveValue<Self>;
    type ActiveOption = ActiveValue<Option<Self>>;
    type OptionTable = FieldOf<Option<Self>, ActiveValue<Option<Self>>>;
    type Table = FieldOf<Self, ActiveValue<Self>>;
}

impl Scalar for FileRef {}

// What SeaORM requires of a column's type.

impl From<FileRef> for sea_orm::Value {
    fn from(file: FileRef) -> Self {
        file.into_value()
    }
}

impl sea_orm::sea_query::Nullable for FileRef {
    fn null() -> sea_orm::Value {
        sea_orm::Value::String(None)
    }
}

impl sea_orm::sea_query::ValueType for FileRef {
    fn try_from(value: sea_orm::Value) -> Result<Self, sea_orm::sea_query::ValueTypeErr> {
        Self::from_value(value).map_err(|_| sea_orm::sea_query::ValueTypeErr)
    }

    fn type_name() -> String {
        "FileRef".to_owned()
    }

    fn array_type() -> sea_orm::sea_query::ArrayType {
        sea_orm::sea_query::ArrayType::String
    }

    fn column_type() -> sea_orm::sea_query::ColumnType {
        sea_orm::sea_query::ColumnType::Text
    }
}

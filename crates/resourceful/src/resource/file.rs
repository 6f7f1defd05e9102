//! Files of rows: what the database knows of a file, whose content is in the storage.

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::field_type::{FieldType, Scalar, WrongType};
use super::types::FieldValue;
use super::value::value_to_json;
use crate::actor::Actor;
use crate::spec::{Kind, Operation, ResourceSpec, TypeSpec};

/// What is encoded in a path segment: all but the unreserved characters (RFC 3986 section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The file of a row: the type of a field with `#[resource(file(..))]`, always as `Option<FileRef>`.
///
/// It is stored as JSON text. The content is in the storage, under a key that no caller sees. Only services and the
/// endpoints of the field make one, so that there is no row without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    key: String,
    name: String,
    size: u64,
    #[serde(rename = "type")]
    content_type: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(rename = "at")]
    uploaded_at: DateTime<Utc>,
}

/// A file that the storage has, with what its row will say about it.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "storage"), allow(dead_code))]
pub(crate) struct StoredFile {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) content_type: String,
    pub(crate) sha256: String,
    pub(crate) dimensions: Option<(u32, u32)>,
}

#[cfg_attr(not(feature = "storage"), allow(dead_code))]
impl FileRef {
    pub(crate) fn new(file: StoredFile) -> Self {
        let StoredFile { key, name, size, content_type, sha256, dimensions } = file;
        let (width, height) = dimensions.unzip();
        Self { key, name, size, content_type, sha256, width, height, uploaded_at: Utc::now() }
    }

    /// The text of a column; `None` when it is not that of a file.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl FileRef {
    /// The key of the content in the storage. It is no secret that protects the file, but callers have no use for it.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name that the client gave the file, or one made of the field's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The content type, as the content shows it.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The SHA-256 digest of the content, in 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The width and the height of an image, in pixels.
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height)
    }

    /// When it was uploaded.
    pub fn uploaded_at(&self) -> DateTime<Utc> {
        self.uploaded_at
    }

    fn to_text(&self) -> String {
        // Texts, numbers and a moment always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A file in JSON, as callers see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    name: &'a str,
    size: u64,
    content_type: &'a str,
    sha256: &'a str,
    width: Option<u32>,
    height: Option<u32>,
    url: Option<&'a str>,
}

/// Writes the file of a column as JSON, with the path of its download. Returns false for a text that is not a file.
pub(super) fn write(text: &str, url: Option<&str>, out: &mut Vec<u8>) -> bool {
    let Some(file) = FileRef::read(text) else { return false };
    let FileRef { name, size, content_type, sha256, width, height, .. } = &file;
    let (size, width, height) = (*size, *width, *height);
    serde_json::to_writer(out, &Shown { name, size, content_type, sha256, width, height, url }).is_ok()
}

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

//! Files of rows: what the database knows of a file, whose content is in the storage.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

/// The file of a row: the type of a field with `#[resource(file(..))]`, always as `Option<FileRef>`.
///
/// It is stored as JSON text. The content is in the storage, under a key that no caller sees. Only services and the
/// endpoints of the field make one, so that there is no row without its content: it can be written as JSON, as rows show it
/// but without its address, and not be read from JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef(Column);

/// A file as its column has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    /// The first of all: see [`FileRef::begin`].
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
        Self(Column { key, name, size, content_type, sha256, width, height, uploaded_at: Utc::now() })
    }

    /// The text of a column; `None` when it is not that of a file.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// How the text of a column begins whose file has this key.
    pub(crate) fn begin(key: &str) -> String {
        format!("{{\"key\":\"{key}\",")
    }
}

impl FileRef {
    /// The key of the content in the storage. It is no secret that protects the file, but callers have no use for it.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The name that the client gave the file, or one made of the field's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The size in bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// The content type, as the content shows it.
    pub fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// The SHA-256 digest of the content, in 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// The width and the height of an image, in pixels.
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        self.0.width.zip(self.0.height)
    }

    /// When it was uploaded.
    pub fn uploaded_at(&self) -> DateTime<Utc> {
        self.0.uploaded_at
    }

    pub(super) fn to_text(&self) -> String {
        // Texts, numbers and a moment always have a JSON form.
        serde_json::to_string(&self.0).unwrap_or_default()
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
    /// Only the row knows where its file is.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Option<&'a str>>,
}

impl FileRef {
    fn shown<'a>(&'a self, url: Option<Option<&'a str>>) -> Shown<'a> {
        let Column { name, size, content_type, sha256, width, height, .. } = &self.0;
        Shown { name, size: *size, content_type, sha256, width: *width, height: *height, url }
    }
}

impl Serialize for FileRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown(None).serialize(serializer)
    }
}

/// Writes the file of a column as JSON, with the path of its download. Returns false for a text that is not a file.
pub(super) fn write(text: &str, url: Option<&str>, out: &mut Vec<u8>) -> bool {
    FileRef::read(text).is_some_and(|file| serde_json::to_writer(out, &file.shown(Some(url))).is_ok())
}

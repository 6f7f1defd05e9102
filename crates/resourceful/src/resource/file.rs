//! Files of rows: what the database knows of a file, whose content is in the storage.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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

    pub(super) fn to_text(&self) -> String {
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

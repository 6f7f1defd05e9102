//! What callers say about files, and learn about them.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::file_name::FileName;
use super::key::Key;
use super::provider::{About, ByteStream, Entry, Meta};

/// What an upload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadOptions {
    pub(super) about: About,
    pub(super) size_limit: Option<u64>,
}

impl UploadOptions {
    /// An upload of this media type, such as `image/png`. What a client claims about its file is not proof: look at the content.
    pub fn new(content_type: impl Into<String>) -> Self {
        Self { about: About { content_type: content_type.into(), file_name: None }, size_limit: None }
    }

    /// The most bytes that it may have. The default is `UPLOAD_LIMIT`.
    #[must_use]
    pub fn size_limit(mut self, bytes: u64) -> Self {
        self.size_limit = Some(bytes);
        self
    }

    /// The name that the user gave the file.
    #[must_use]
    pub fn file_name(mut self, name: FileName) -> Self {
        self.about.file_name = Some(name);
        self
    }
}

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// Its key.
    pub key: Key,
    /// The number of bytes.
    pub size: u64,
    /// The SHA-256 checksum of its bytes in hexadecimal (64 digits).
    pub sha256: String,
    /// The media type.
    pub content_type: String,
    /// The entity tag with its quotes. Providers make it in different ways: compare checksums to find equal files.
    pub etag: Option<String>,
}

/// What is known about a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Its key.
    pub key: Key,
    /// The number of bytes.
    pub size: u64,
    /// The media type; `application/octet-stream` if none was stored.
    pub content_type: String,
    /// The name that the user gave it.
    pub file_name: Option<FileName>,
    /// The entity tag with its quotes.
    pub etag: Option<String>,
    /// When it was stored.
    pub last_modified: DateTime<Utc>,
}

impl Found {
    pub(super) fn new(key: &Key, meta: Meta) -> Self {
        let Meta { size, about, etag, last_modified } = meta;
        let About { content_type, file_name } = about;
        Self { key: key.clone(), size, content_type, file_name, etag, last_modified }
    }
}

/// A file that is being read.
#[non_exhaustive]
pub struct Download {
    /// What is known about the file. Its size is that of the whole file.
    pub file: Found,
    /// Which bytes the stream has, the end excluded: all of them if no range was asked for.
    pub range: Range<u64>,
    /// The bytes. They arrive as they are read; an error in the middle means that the rest cannot be had.
    pub stream: ByteStream,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("file", &self.file).field("range", &self.range).finish_non_exhaustive()
    }
}

/// A file in a list.
pub type Listed = Entry;

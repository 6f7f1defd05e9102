//! Keys of stored files.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::error::StorageError;

/// The most bytes of a key. With the names of the folder around it, it stays below the limits of file systems and of S3
/// (1024 bytes).
const LONGEST: usize = 512;

/// The most bytes of a part between two slashes: a file system allows 255 bytes in a name.
const LONGEST_SEGMENT: usize = 200;

/// The key of a stored file: words with slashes between them, such as
/// `tasks/attachment/01890a5d-ac96-774b-bcce-b302099a8057.png`. The server makes the keys; what a user calls a file is its
/// [`FileName`](super::FileName).
///
/// A key has 1 to 512 of the characters `a-z`, `A-Z`, `0-9`, `-`, `_`, `.` and `/`, so that it is the same in a URL, in a
/// folder and in S3. A part between slashes has 1 to 200 characters, does not begin or end with a dot, and is no device name of
/// Windows. Keys that differ only by case are different keys, except in a folder of a file system that does not tell them
/// apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// Checks a key.
    ///
    /// # Errors
    /// 422, if it breaks a rule.
    pub fn parse(text: impl Into<String>) -> Result<Self, StorageError> {
        let text = text.into();
        match problem(&text) {
            None => Ok(Self(text)),
            Some(problem) => Err(StorageError::invalid(format!(
                "A key of a file {problem}; it has letters, digits, `-`, `_` and `.`, with slashes between its parts"
            ))),
        }
    }

    /// A new key in this folder, which no other file has: a UUID (version 7, RFC 9562 section 5.7), and the extension if there is
    /// one. `Key::generate("tasks/attachment", Some("png"))` is `tasks/attachment/01890a5d-...-b302099a8057.png`.
    ///
    /// Take the extension from the content type that was found in the file, and never from the name that the user sent.
    ///
    /// # Errors
    /// 422, if the folder or the extension cannot be part of a key.
    pub fn generate(folder: &str, extension: Option<&str>) -> Result<Self, StorageError> {
        let id = Uuid::now_v7();
        match extension {
            Some(extension) => Self::parse(format!("{folder}/{id}.{extension}")),
            None => Self::parse(format!("{folder}/{id}")),
        }
    }

    /// The text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the slashes.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

/// Which rule a key breaks, as the end of a sentence.
fn problem(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("must not be empty".to_owned());
    }
    if text.len() > LONGEST {
        return Some(format!("must have at most {LONGEST} characters"));
    }
    let is_known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if !text.chars().all(is_known) {
        return Some("contains a character that it must not have".to_owned());
    }
    text.split('/').find_map(|segment| {
        if segment.is_empty() {
            return Some("must not begin or end with a slash, or have two in a row".to_owned());
        }
        if segment.len() > LONGEST_SEGMENT {
            return Some(format!("must have at most {LONGEST_SEGMENT} characters between two slashes"));
        }
        if segment.starts_with('.') || segment.ends_with('.') {
            return Some("must have no part that begins or ends with a dot".to_owned());
        }
        is_device(segment).then(|| "must have no part that is the name of a device on Windows".to_owned())
    })
}

/// Whether Windows takes a name for a device, with any extension: `CON`, `nul.txt`, `COM1`.
pub(super) fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |start: &str| {
        stem.strip_prefix(start).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        Self::parse(text)
    }
}

//! Names that users give their files.

use std::fmt;
use std::str::FromStr;

use super::key::is_device;
use crate::error::{Error, catalogue};

/// The most bytes of a name in UTF-8: as many as file systems take, and so few that its headers stay within those that S3 takes (2 KB).
const LONGEST: usize = 255;

/// The name that a user gave a file. It is kept beside the file and offered when the file is downloaded, and never becomes part
/// of a path or a [`Key`](super::Key).
///
/// A name has 1 to 255 bytes in UTF-8, and is neither `.` nor `..`. It has no slash and no backslash, no control characters, and
/// none of the characters that change the direction of text, with which `gpj.exe` is shown as `exe.jpg`. It does not end with a
/// dot or a space, and is no device name of Windows. It is not an error that a name has spaces, `#`, `%` or letters of any
/// script.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

impl FileName {
    /// Checks a name.
    ///
    /// # Errors
    /// 422 `invalid-file-name`, if it breaks a rule.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match problem(&text) {
            None => Ok(Self(text)),
            Some(problem) => Err(Error::new(&catalogue::INVALID_FILE_NAME, format!("The name of a file {problem}"))),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parameters of `Content-Disposition` (RFC 6266 section 4.3): the name in ASCII for old clients where it differs, and the
    /// name as it is (RFC 8187).
    pub(crate) fn parameters(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " !#$&+-.^_`|~(),;=@[]{}".contains(c);
        let plain: String = self.0.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        if plain == self.0 {
            return format!("filename=\"{plain}\"");
        }
        format!("filename=\"{plain}\"; filename*=UTF-8''{}", percent_encoding::utf8_percent_encode(&self.0, ATTR_CHAR))
    }
}

/// Everything but the attr-char of RFC 8187 section 3.2.1.
const ATTR_CHAR: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

fn problem(text: &str) -> Option<&'static str> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            || matches!(c, '\u{2028}' | '\u{2029}')
    };
    if text.trim().is_empty() {
        Some("must not be empty")
    } else if text.len() > LONGEST {
        Some("must have at most 255 bytes in UTF-8, in which letters beyond ASCII have 2 to 4")
    } else if text == "." || text == ".." {
        Some("must not be `.` or `..`")
    } else if text.contains(['/', '\\']) {
        Some("must not contain a slash or a backslash: send the name without the folders before it")
    } else if text.chars().any(is_hidden) {
        Some("must not contain control characters, or characters that change the direction of text")
    } else if text.ends_with(['.', ' ']) {
        Some("must not end with a dot or a space")
    } else if is_device(text) {
        Some("must not be the name of a device on Windows, such as CON")
    } else {
        None
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FileName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

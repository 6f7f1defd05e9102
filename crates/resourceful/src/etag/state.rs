//! The state of a row, and the tags of responses.

use super::tag::EntityTag;

/// The first part of a tag that tells nothing of the whole row.
pub(super) const UNKNOWN: &str = "fields";

/// A keyed digest of bytes: without the application's secret nobody can tell which bytes have it.
pub(crate) type Digest = [u8; 16];

/// The state of a row, which `If-Match` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its version.
    Version(i64),
    /// The digest of its fields, as the caller sees them.
    Content(Digest),
    /// The response shows a selection of its fields only, from which its state is not known.
    Unknown,
}

impl State {
    /// The first part of the row's tag. No tag of a row has the one of an unknown state.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Version(version) => version.to_string(),
            Self::Content(digest) => hex(digest),
            Self::Unknown => UNKNOWN.to_owned(),
        }
    }

    /// The tag of a response that shows the row, and more than its state says: `rest` is a digest of that.
    pub(crate) fn tag(&self, rest: Option<Digest>) -> EntityTag {
        EntityTag::strong(match rest {
            Some(rest) => format!("{}-{}", self.text(), hex(&rest[..8])),
            None => self.text(),
        })
    }
}

/// The tag of a response that shows no single row.
pub(crate) fn of_body(digest: Digest) -> EntityTag {
    EntityTag::strong(hex(&digest))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

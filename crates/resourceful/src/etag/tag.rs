//! Entity tags as headers carry them.

use crate::error::{Error, Result, catalogue};

/// The most tags of one condition. A condition with more is no condition that a client has a use for.
const MOST: usize = 100;

/// An entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag {
    /// It begins with `W/`.
    pub(crate) is_weak: bool,
    /// What is between the quotes.
    opaque: Vec<u8>,
}

impl EntityTag {
    /// The strong tag with this text between its quotes.
    pub(crate) fn strong(opaque: impl Into<Vec<u8>>) -> Self {
        Self { is_weak: false, opaque: opaque.into() }
    }

    /// Reads the value of an `ETag` header.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        first_tag(trim(text)).filter(|(_, rest)| rest.is_empty()).map(|(tag, _)| tag)
    }

    /// The part that names the state of a row.
    pub(crate) fn state(&self) -> &[u8] {
        self.opaque.split(|&byte| byte == b'-').next().unwrap_or_default()
    }

    /// Whether both are the same but for `W/` (RFC 9110 section 8.8.3.2).
    pub(crate) fn weakly_equals(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// The version of a row that the tag names.
    pub(crate) fn version(&self) -> Option<i64> {
        let text = std::str::from_utf8(self.state()).ok()?;
        let version = text.parse::<i64>().ok()?;
        // One version has one text: `+7` and `07` are other tags.
        (version.to_string() == text).then_some(version)
    }
}

impl std::fmt::Display for EntityTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let weak = if self.is_weak { "W/" } else { "" };
        write!(f, "{weak}\"{}\"", String::from_utf8_lossy(&self.opaque))
    }
}

/// The value of an `If-Match` or `If-None-Match` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tags {
    /// `*`
    Any,
    /// One tag or more.
    List(Vec<EntityTag>),
}

impl Tags {
    /// Reads all headers of this name; `None` if there are none.
    ///
    /// # Errors
    /// 400 for anything but `*` or a list of tags.
    pub(super) fn read<'a>(name: &str, values: impl Iterator<Item = &'a [u8]>) -> Result<Option<Self>> {
        let (mut tags, mut any, mut is_there) = (Vec::new(), false, false);
        for value in values {
            is_there = true;
            let mut rest = trim(value);
            if rest == b"*" {
                any = true;
                continue;
            }
            while !rest.is_empty() {
                // A list may have empty elements (RFC 9110 section 5.6.1).
                if let [b',', after @ ..] = rest {
                    rest = trim(after);
                    continue;
                }
                let (tag, after) = first_tag(rest).ok_or_else(|| malformed(name))?;
                tags.push(tag);
                rest = trim(after);
                if !matches!(rest, [] | [b',', ..]) {
                    return Err(malformed(name));
                }
            }
        }
        match (is_there, any, tags.len()) {
            (false, ..) => Ok(None),
            (_, true, 0) => Ok(Some(Self::Any)),
            (_, false, 1..=MOST) => Ok(Some(Self::List(tags))),
            (_, false, 1..) => Err(Error::new(
                &catalogue::INVALID_REQUEST,
                format!("{name} contains more than {MOST} tags; send fewer"),
            )),
            (_, true, _) | (_, false, 0) => Err(malformed(name)),
        }
    }
}

/// The tag at the beginning of a text, and what follows it.
fn first_tag(text: &[u8]) -> Option<(EntityTag, &[u8])> {
    let (is_weak, quoted) = match text.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, text),
    };
    let inner = quoted.strip_prefix(b"\"")?;
    let end = inner.iter().position(|&byte| byte == b'"')?;
    let (opaque, rest) = inner.split_at(end);
    // etagc of RFC 9110 section 8.8.3
    let is_valid = opaque.iter().all(|&byte| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..));
    is_valid.then(|| (EntityTag { is_weak, opaque: opaque.to_vec() }, &rest[1..]))
}

fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |at| at + 1);
    &text[start..end]
}

fn malformed(name: &str) -> Error {
    let detail = format!(
        "{name} must be * or a list of entity tags with their quotes, as the ETag header of a response has them: \
         {name}: \"7-3fa9c1b2d4e5f607\""
    );
    Error::new(&catalogue::INVALID_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, u16> {
        let tags = Tags::read("If-Match", values.iter().map(|value| value.as_bytes()));
        let text = |tags| match tags {
            Tags::Any => "*".to_owned(),
            Tags::List(tags) => tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        };
        tags.map(|tags| tags.map(text)).map_err(|error| error.status())
    }

    /// RFC 9110 sections 5.6.1, 8.8.3 and 13.1.1
    #[test]
    fn lists_of_tags() {
        for (values, expected) in [
            (&[][..], Ok(None)),
            (&["*"], Ok(Some("*"))),
            (&[" * "], Ok(Some("*"))),
            (&["\"xyzzy\""], Ok(Some("\"xyzzy\""))),
            (&["\"xyzzy\", \"r2d2xxxx\",W/\"c3piozzzz\""], Ok(Some("\"xyzzy\" \"r2d2xxxx\" W/\"c3piozzzz\""))),
            (&["\"a\"", "\"b\""], Ok(Some("\"a\" \"b\""))),
            (&["\"\""], Ok(Some("\"\""))),
            (&[",\t\"a\" ,, "], Ok(Some("\"a\""))),
            (&["\"a,b\""], Ok(Some("\"a,b\""))),
            (&["\"a\\\""], Ok(Some("\"a\\\""))),
            (&["\"ä\""], Ok(Some("\"ä\""))),
            (&[""], Err(400)),
            (&[","], Err(400)),
            (&["xyzzy"], Err(400)),
            (&["7"], Err(400)),
            (&["\"a"], Err(400)),
            (&["a\""], Err(400)),
            (&["\"a\"\"b\""], Err(400)),
            (&["\"a\" \"b\""], Err(400)),
            (&["\"a b\""], Err(400)),
            (&["w/\"a\""], Err(400)),
            (&["W/ \"a\""], Err(400)),
            (&["*, \"a\""], Err(400)),
            (&["*", "\"a\""], Err(400)),
            (&["'a'"], Err(400)),
        ] {
            assert_eq!(read(values), expected.map(|text| text.map(str::to_owned)), "{values:?}");
        }
        assert_eq!(read(&[&vec!["\"a\""; MOST].join(",")]).map(|tags| tags.is_some()), Ok(true));
        assert_eq!(read(&[&vec!["\"a\""; MOST + 1].join(",")]), Err(400));
    }

    #[test]
    fn the_version_of_a_tag() {
        for (opaque, version) in [
            ("7", Some(7)),
            ("7-3fa9c1b2d4e5f607", Some(7)),
            ("-7", None),
            ("07", None),
            ("+7", None),
            ("", None),
            ("7x", None),
            ("9223372036854775807-a", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("3fa9c1b2d4e5f607", None),
        ] {
            assert_eq!(EntityTag::strong(opaque).version(), version, "{opaque}");
        }
    }
}

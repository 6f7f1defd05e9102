//! The query string as pairs of names and values.

use std::collections::HashSet;

use super::errors::{QueryError, QueryErrors};
use crate::error::catalogue;

/// Reads a raw query string. A parameter that cannot be decoded, or that is repeated, is an error and is left out.
///
/// Encoding comes before everything else, and duplicates before meaning, so that the order of errors does not
/// depend on what the names mean.
pub(super) fn pairs(raw: &str, errors: &mut QueryErrors) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    // Empty pieces name nothing (URL Standard 5.1).
    for part in raw.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            (name, _) => errors.parameter(
                name.as_deref().unwrap_or(name_as_sent(part)),
                QueryError::new(
                    &catalogue::INVALID_ENCODING,
                    "must be percent-encoded UTF-8 without the character U+0000",
                ),
            ),
        }
    }
    let mut seen = HashSet::with_capacity(pairs.len());
    let once: Vec<bool> = pairs.iter().map(|(name, _)| name.is_empty() || seen.insert(test_of(name))).collect();
    let mut once = once.into_iter();
    pairs.retain(|(name, _)| {
        let keep = once.next().unwrap_or(true);
        if !keep {
            errors.parameter(name, QueryError::new(&catalogue::DUPLICATE_PARAMETER, "must not appear twice"));
        }
        keep
    });
    pairs
}

fn name_as_sent(part: &str) -> &str {
    part.split('=').next().unwrap_or_default()
}

/// `name[eq]` and `name` are the same test.
fn test_of(name: &str) -> &str {
    name.strip_suffix("[eq]").unwrap_or(name)
}

/// Decodes `+` and percent signs; `None` when the result would not be text that a database can hold.
fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

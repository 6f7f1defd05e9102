//! The parts of a list other than filters: page, size, order, count and `q`. The query string and the search body use
//! the same words.

use super::ast::{Count, SortKey, Start};
use super::errors::{QueryError, Rejected};
use super::limits;
use super::viewer::Viewer;
use crate::error::catalogue;
use crate::rules;
use crate::spec::ResourceSpec;

/// The last page: whatever the size, its rows can be counted in an `i64`.
pub fn last_page(spec: &ResourceSpec) -> u64 {
    i64::MAX.unsigned_abs() / u64::from(spec.page.max.max(1))
}

/// Reads a page number.
pub(super) fn page(spec: &ResourceSpec, number: Option<u64>) -> Result<u64, QueryError> {
    let last = last_page(spec);
    let message = || format!("must be a whole number from 1 to {last} in plain digits");
    number
        .filter(|page| (1..=last).contains(page))
        .ok_or_else(|| QueryError::new(&catalogue::INVALID_PAGINATION, message()))
}

/// Reads a page size.
pub(super) fn size(spec: &ResourceSpec, number: Option<u64>) -> Result<u32, QueryError> {
    let max = spec.page.max;
    let size = number.and_then(|size| u32::try_from(size).ok()).filter(|size| (1..=max).contains(size));
    let message = || format!("must be a whole number from 1 to {max} in plain digits");
    size.ok_or_else(|| QueryError::new(&catalogue::INVALID_PAGINATION, message()))
}

/// A number in plain digits, so that each has one spelling.
pub(super) fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok()).flatten()
}

/// Checks the form of a cursor; the engine checks that it was made for this list.
pub(super) fn after(cursor: &str) -> Result<Start, QueryError> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if cursor.is_empty() || cursor.len() > limits::CURSOR || !cursor.bytes().all(letter) {
        return Err(QueryError::new(&catalogue::INVALID_CURSOR, "must be the `next` of an earlier page, unchanged"));
    }
    Ok(Start::After(cursor.to_owned()))
}

/// The error of a query with both `page` and `after`.
pub(super) fn page_and_after() -> QueryError {
    QueryError::new(&catalogue::INVALID_PAGINATION, "must not be combined: use either `page` or `after`")
}

/// Reads `count`.
pub(super) fn count(word: &str) -> Result<Count, QueryError> {
    match word {
        "exact" => Ok(Count::Exact),
        "estimated" => Ok(Count::Estimated),
        "none" => Ok(Count::None),
        _ => Err(QueryError::new(
            &catalogue::INVALID_COUNT,
            rules::unknown("count", word, &["exact", "estimated", "none"]),
        )),
    }
}

/// Refuses an order with too many keys, before any of them is read.
pub(super) fn check_sort_length(keys: usize) -> Result<(), QueryError> {
    if keys <= limits::SORT {
        return Ok(());
    }
    Err(QueryError::new(&catalogue::INVALID_SORT, format!("must have at most {} keys; this has {keys}", limits::SORT)))
}

/// Reads a sort key and adds it to those before it.
pub(super) fn add_sort_key(viewer: &Viewer<'_>, keys: &mut Vec<SortKey>, text: &str) -> Result<(), Rejected> {
    let spec = viewer.spec();
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    if name.is_empty() {
        return Err(QueryError::new(&catalogue::INVALID_SORT, "must not contain an empty key").into());
    }
    let sortable =
        || -> Vec<&str> { spec.sortable().filter(|field| viewer.sees(field.index)).map(|field| field.json).collect() };
    let field = match spec.field_by_json(name) {
        Some((index, _)) if spec.is_sortable(index) => index,
        Some((index, _)) if spec.is_readable(index) => {
            let message = format!("`{name}` cannot be sorted by; allowed: {}", sortable().join(", "));
            return Err(QueryError::new(&catalogue::UNKNOWN_SORT, message).into());
        }
        _ => {
            return Err(QueryError::new(&catalogue::UNKNOWN_SORT, rules::unknown("sort key", name, &sortable())).into());
        }
    };
    viewer.require_field(field)?;
    if keys.iter().any(|key| key.field == field) {
        return Err(QueryError::new(&catalogue::INVALID_SORT, format!("must not name `{name}` twice")).into());
    }
    keys.push(SortKey { field, descending });
    Ok(())
}

/// The fields that `q` searches for this caller.
pub fn searched(viewer: &Viewer<'_>) -> Vec<usize> {
    let spec = viewer.spec();
    spec.searchable().map(|field| field.index).filter(|&index| viewer.sees(index)).collect()
}

/// Reads the words of `q`.
pub(super) fn words(viewer: &Viewer<'_>, text: &str) -> Result<Vec<String>, QueryError> {
    let wrong = |message: String| Err(QueryError::new(&catalogue::INVALID_SEARCH, message));
    if searched(viewer).is_empty() {
        return wrong("is not supported here: no field is searchable".to_owned());
    }
    if text.contains('\0') {
        return wrong("must not contain the character U+0000".to_owned());
    }
    if text.chars().nth(limits::NEEDLE).is_some() {
        return wrong(format!("must have at most {} characters", limits::NEEDLE));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    match words.len() {
        0 => wrong("must contain at least one word".to_owned()),
        count if count > limits::WORDS => wrong(format!("must have at most {} words; this has {count}", limits::WORDS)),
        _ => Ok(words),
    }
}

//! Requests for a part of a file (RFC 9110 section 14).

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use chrono::{DateTime, Utc};

use crate::etag::EntityTag;
use crate::storage::ByteRange;

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The whole file.
    Whole,
    /// A part of it.
    Part(ByteRange),
    /// Something that is no range of bytes.
    Malformed,
}

/// What the request asks for. Several ranges, and units other than bytes, are answered with the whole file, as the RFC allows.
pub(super) fn wanted(req: &HttpRequest, tag: Option<&EntityTag>, modified: DateTime<Utc>) -> Wanted {
    if *req.method() != Method::GET || !is_current(req, tag, modified) {
        return Wanted::Whole;
    }
    let mut values = req.headers().get_all(header::RANGE);
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_or(Wanted::Malformed, read),
        _ => Wanted::Whole,
    }
}

/// Whether the client's other parts are of the same file (`If-Range`, RFC 9110 section 13.1.5).
fn is_current(req: &HttpRequest, tag: Option<&EntityTag>, modified: DateTime<Utc>) -> bool {
    let mut values = req.headers().get_all(header::IF_RANGE);
    let Some(value) = values.next() else { return true };
    if values.next().is_some() {
        return false;
    }
    match EntityTag::read(value.as_bytes()) {
        // The strong comparison
        Some(other) => tag.is_some_and(|tag| !tag.is_weak && !other.is_weak && tag.weakly_equals(&other)),
        None => value.to_str().is_ok_and(|value| value.trim() == http_date(modified)),
    }
}

fn read(value: &str) -> Wanted {
    let Some((unit, set)) = value.split_once('=') else { return Wanted::Malformed };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let mut ranges = set.split(',').map(str::trim).filter(|range| !range.is_empty());
    match (ranges.next(), ranges.next()) {
        (Some(range), None) => one(range).map_or(Wanted::Malformed, Wanted::Part),
        (Some(_), Some(_)) => Wanted::Whole,
        // As if there were no range, which nginx does too
        (None, _) => Wanted::Whole,
    }
}

fn one(range: &str) -> Option<ByteRange> {
    let (first, last) = range.split_once('-')?;
    // A number that is too large for the type is behind the end of every file.
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (first.trim(), last.trim()) {
        ("", last) => number(last).map(ByteRange::Last),
        (first, "") => number(first).map(ByteRange::From),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::Between(first, last))
        }
    }
}

/// A time as headers have it (RFC 9110 section 5.6.7).
pub(super) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

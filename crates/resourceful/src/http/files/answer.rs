//! The answer to a request that reads a stored file.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HttpDate};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};

use super::body::{FileBody, Unread};
use super::range::{Wanted, http_date, wanted};
use crate::error::{Error, Result, catalogue};
use crate::etag::EntityTag;
use crate::http::conditional;
use crate::storage::{ByteRange, FileName, Found, Key, Storage, disposition};

/// A file is no page of this application: it must not run scripts or send forms, whatever is in it.
const POLICY: &str =
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// How a file is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown<'a> {
    /// The name under which it is saved; otherwise the one that was stored with it.
    pub(crate) name: Option<&'a FileName>,
    /// Whether it is always saved. Otherwise a browser shows it where its type is safe.
    pub(crate) is_saved: bool,
    /// How long a client may take to read each MiB.
    pub(crate) patience: Duration,
}

/// Answers a GET or HEAD request with a stored file: 200, 206 for a range, 304 for a client that has it already. The type is the one
/// that was stored with the file.
///
/// # Errors
/// 404 if there is none, 412 for a condition that is not met, 416 for a range that the file does not have, 400 for a malformed
/// condition; 503 if the storage cannot be reached.
pub(crate) async fn answer(req: &HttpRequest, storage: &Storage, key: &Key, shown: Shown<'_>) -> Result<HttpResponse> {
    // The bytes of a range and of the whole must be the same, so nothing compresses them.
    conditional::keep_strong(req);
    let mut file = storage.head(key).await?;
    if let Some(instead) = instead(req, &file, shown)? {
        return Ok(instead);
    }
    if *req.method() == Method::HEAD {
        return Ok(headed(StatusCode::OK, &file, shown, BoxBody::new(Unread(file.size))));
    }
    let range = match range(req, &file)? {
        Some(range) => range,
        None => {
            let download = storage.download(key, None).await?;
            // It may have been replaced since.
            file = download.file;
            let body = FileBody::new(download.stream, file.size, shown.patience);
            return Ok(headed(StatusCode::OK, &file, shown, BoxBody::new(body)));
        }
    };
    let download = storage.download(key, Some(range)).await.map_err(|error| unsatisfiable(error.into(), file.size))?;
    let (file, bytes) = (download.file, download.range);
    let body = FileBody::new(download.stream, bytes.end - bytes.start, shown.patience);
    let mut response = headed(StatusCode::PARTIAL_CONTENT, &file, shown, BoxBody::new(body));
    let value = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, file.size);
    set(&mut response, header::CONTENT_RANGE, &value);
    Ok(response)
}

/// 304 or 412, where a condition of the request requires it (RFC 9110 section 13.2.2).
fn instead(req: &HttpRequest, file: &Found, shown: Shown<'_>) -> Result<Option<HttpResponse>> {
    let has = |name| req.headers().contains_key(name);
    let date = |name| {
        let value = req.headers().get(name)?.to_str().ok()?;
        Some(DateTime::<Utc>::from(std::time::SystemTime::from(value.parse::<HttpDate>().ok()?)).timestamp())
    };
    let modified = file.last_modified.timestamp();
    let conditions = conditional::conditions(req)?;
    if !has(header::IF_MATCH) && date(header::IF_UNMODIFIED_SINCE).is_some_and(|since| modified > since) {
        let detail = "The file was replaced after the time in If-Unmodified-Since; request it without the header";
        return Err(Error::new(&catalogue::PRECONDITION_FAILED, detail));
    }
    let is_known = match tag(file) {
        Some(tag) => conditional::instead(&conditions, &tag)?.is_some(),
        None => false,
    };
    let is_unmodified =
        !has(header::IF_NONE_MATCH) && date(header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since);
    if !is_known && !is_unmodified {
        return Ok(None);
    }
    let mut response = headed(StatusCode::NOT_MODIFIED, file, shown, BoxBody::new(()));
    response.headers_mut().remove(header::CONTENT_TYPE);
    Ok(Some(response))
}

fn range(req: &HttpRequest, file: &Found) -> Result<Option<ByteRange>> {
    match wanted(req, tag(file).as_ref(), file.last_modified) {
        // An empty file has no bytes that a part could have.
        Wanted::Whole => Ok(None),
        _ if file.size == 0 => Ok(None),
        Wanted::Part(range) => match range.within(file.size) {
            Ok(_) => Ok(Some(range)),
            Err(error) => Err(unsatisfiable(error.into(), file.size)),
        },
        Wanted::Malformed => {
            let detail = "Range must be one range of bytes, such as bytes=0-499, bytes=500- or bytes=-500";
            Err(unsatisfiable(Error::new(&catalogue::RANGE_NOT_SATISFIABLE, detail), file.size))
        }
    }
}

fn unsatisfiable(error: Error, size: u64) -> Error {
    if error.is(&catalogue::RANGE_NOT_SATISFIABLE) { error.with_content_size(size) } else { error }
}

fn tag(file: &Found) -> Option<EntityTag> {
    EntityTag::read(file.etag.as_ref()?.as_bytes())
}

fn headed(status: StatusCode, file: &Found, shown: Shown<'_>, body: BoxBody) -> HttpResponse {
    let mut response = HttpResponse::with_body(status, body);
    let name = shown.name.or(file.file_name.as_ref());
    let disposition = if shown.is_saved {
        name.map_or_else(|| "attachment".to_owned(), |name| format!("attachment; {}", name.parameters()))
    } else {
        disposition(&file.content_type, name)
    };
    set(&mut response, header::CONTENT_TYPE, &file.content_type);
    set(&mut response, header::CONTENT_DISPOSITION, &disposition);
    set(&mut response, header::LAST_MODIFIED, &http_date(file.last_modified));
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // A client may keep it, and asks each time whether it still may have it.
    set(&mut response, header::CACHE_CONTROL, "private, no-cache");
    if let Some(tag) = tag(file) {
        response = conditional::with_tag(response, &tag);
    }
    response
}

fn set(response: &mut HttpResponse, name: header::HeaderName, value: &str) {
    // Types and names were checked when they were stored; an object of others may have any.
    if let Ok(value) = header::HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

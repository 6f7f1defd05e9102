//! Conditional requests (RFC 9110 section 13): the tags of responses, 304, and what a request requires of the row that it
//! writes. What tags and conditions are is in `etag`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::request::state::RequestState;
use super::signature::{Described, EndpointDoc, Part};
use crate::context::Secret;
use crate::error::{Error, Result, catalogue};
use crate::etag::{self, Answered, EntityTag, IfMatch, State};
use crate::spec::ResourceSpec;

/// What a response shows, as far as its tag depends on it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    /// A row in this state.
    Row(State),
    /// A row whose stored fields are the beginning of the body, up to this place.
    Fields(usize),
    /// No single row.
    Rows,
}

/// The tag of a response. It is strong: other bytes have another tag, except that no one can tell by it what the bytes are.
pub(crate) fn tag(secret: &Secret, body: &[u8], subject: Subject) -> EntityTag {
    match subject {
        Subject::Row(state) => state.tag(Some(secret.digest(body))),
        Subject::Fields(end) => {
            let (fields, rest) = body.split_at(end);
            // Without relations and computed fields, the state of the row is the whole response.
            let rest = (rest != b"}").then(|| secret.digest(rest));
            State::Content(secret.digest(fields)).tag(rest)
        }
        Subject::Rows => etag::of_body(secret.digest(body)),
    }
}

/// What the request says in If-Match and If-None-Match. `If-Unmodified-Since` and `If-Modified-Since` are ignored, as RFC
/// 9110 requires for representations without a `Last-Modified`.
///
/// # Errors
/// 400 when one of them is malformed.
pub(crate) fn conditions(req: &HttpRequest) -> Result<IfMatch> {
    let values = |name: HeaderName| req.headers().get_all(name).map(HeaderValue::as_bytes);
    IfMatch::read(values(header::IF_MATCH), values(header::IF_NONE_MATCH))
}

/// Refuses conditions on a request that neither reads what has a tag nor writes one row.
///
/// # Errors
/// 400
pub(crate) fn refuse(conditions: &IfMatch) -> Result<()> {
    if conditions.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        &catalogue::INVALID_REQUEST,
        "This endpoint does not check If-Match and If-None-Match; send the request without them",
    ))
}

/// What a request requires of the row that it writes.
///
/// # Errors
/// 428 without If-Match, where the resource requires it.
pub(crate) fn of_write(spec: &ResourceSpec, conditions: IfMatch) -> Result<IfMatch> {
    if spec.require_match { conditions.required() } else { Ok(conditions) }
}

/// What a request that reads is answered with instead of the representation with this tag, if anything: 304 for a caller who
/// has it.
///
/// # Errors
/// 412 where If-Match names other tags.
pub(crate) fn instead(conditions: &IfMatch, tag: &EntityTag) -> Result<Option<HttpResponse>> {
    match conditions.of_read(tag) {
        Answered::Whole => Ok(None),
        Answered::NotModified => Ok(Some(with_tag(HttpResponse::NotModified().finish(), tag))),
        Answered::Failed => {
            let detail = "What this request would return has none of the tags in If-Match; request it without If-Match";
            Err(Error::new(&catalogue::PRECONDITION_FAILED, detail))
        }
    }
}

/// The same for the response of a hand-written endpoint, where it has a tag. What it says about caching is kept (RFC 9110
/// section 15.4.5).
///
/// # Errors
/// 400 for a malformed condition, and 412.
pub(crate) fn of_handler(req: &HttpRequest, mut whole: HttpResponse) -> Result<HttpResponse> {
    let is_read = matches!(*req.method(), Method::GET | Method::HEAD) && whole.status() == StatusCode::OK;
    let tag = whole.headers().get(header::ETAG).and_then(|tag| EntityTag::read(tag.as_bytes()));
    let Some(tag) = tag.filter(|_| is_read) else { return Ok(whole) };
    // A tag is of use to a client only if it may keep the response.
    if !whole.headers().contains_key(header::CACHE_CONTROL) {
        whole.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    let Some(mut instead) = instead(&conditions(req)?, &tag)? else { return Ok(whole) };
    let content = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    for (name, value) in whole.headers().iter().filter(|(name, _)| !content.contains(*name)) {
        instead.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(instead)
}

/// Keeps the response from being compressed, so that its tag stays strong: a client that changes the row sends it as
/// If-Match, where a weak one matches nothing.
pub(crate) fn keep_strong(req: &HttpRequest) {
    RequestState::update(req, |state| state.is_identity = true);
}

/// The response with its tag.
pub(crate) fn with_tag(mut response: HttpResponse, tag: &EntityTag) -> HttpResponse {
    // Tags that the server makes are ASCII.
    if let Ok(value) = HeaderValue::try_from(tag.to_string()) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// What the request's `If-Match` and `If-None-Match` require of the row that the endpoint writes.
impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(conditions(req))
    }
}

impl Described for IfMatch {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.conditional = true;
    }
}

//! What every answer of ours has in common: a request id, headers, and a problem document where something failed.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse};
use futures_util::FutureExt;
use uuid::Uuid;

use super::dispatch::panicked;
use super::problem::{problem, problem_at};
use super::unread::Body;
use super::{head, host};
use crate::error::{Error, catalogue};

/// The name of the header that carries the request id, in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that joins an answer to its lines in the log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(String);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's own id, if it is harmless; a new one otherwise.
    fn of(req: &ServiceRequest) -> Self {
        let given = req.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
        let harmless = |text: &&str| {
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        Self(given.filter(harmless).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// Left in a request's extensions by the outer of two guards.
struct Guarded;

/// The middleware, with the largest body that is read. It may stand twice around a handler; the inner one then finds the
/// id of the outer one.
pub(crate) async fn guard(
    limit: usize,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let seen = req.extensions_mut().insert(Guarded).is_some();
    let id = identify(&req);
    let body = Body::of(&mut req);
    // What the client still sends of a body is read on behind whatever is answered.
    let last = |answer| {
        let answer = head::without_body(answer);
        match body {
            Some(body) => body.answered(answer, limit),
            None => answer,
        }
    };
    if let (false, Err(error)) = (seen, host::check(&req)) {
        return Ok(last(refuse(req, &error)));
    }
    let answer = match next.call(req).await {
        Ok(answer) => answer.map_into_boxed_body(),
        // Only extractors of plain actix services end here; their error has no request to speak of.
        Err(error) => return Err(error),
    };
    let replacement = explain(&answer, &id);
    let mut answer = replace(answer, replacement);
    add_headers(&mut answer, &id);
    Ok(last(answer))
}

/// The id of the request, the same whoever asks for it.
pub(crate) fn identify(req: &ServiceRequest) -> RequestId {
    let known = req.extensions().get::<RequestId>().cloned();
    let id = known.unwrap_or_else(|| RequestId::of(req));
    req.extensions_mut().insert(id.clone());
    id
}

/// The whole answer to a request that is refused before anything else sees it, with or without a guard around.
pub(crate) fn refuse(req: ServiceRequest, error: &Error) -> ServiceResponse<BoxBody> {
    let id = identify(&req);
    let refusal = problem(error, req.request(), Some(&id));
    let mut answer = req.into_response(refusal);
    add_headers(&mut answer, &id);
    answer
}

/// Completes an answer that failed with an error of ours; what others answer stays as it is.
pub(crate) fn complete(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let error = answer.response().error();
    let id = answer.request().extensions().get::<RequestId>().cloned();
    let (Some(error), Some(id)) = (error.and_then(|error| error.as_error::<Error>()), id) else { return answer };
    let whole = problem(error, answer.request(), Some(&id));
    let mut answer = replace(answer, Some(whole));
    add_headers(&mut answer, &id);
    answer
}

/// The middleware that turns a panic of an actix handler into an answer.
pub(crate) async fn caught(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // A clone of the request would be in the way of those who change it on its way in.
    let (id, path) = (identify(&req), req.path().to_owned());
    match AssertUnwindSafe(next.call(req)).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => {
            let mut answer = problem_at(&panicked(&*panic), &path, Some(&id));
            common_headers(answer.headers_mut(), &id);
            Err(InternalError::from_response("a handler panicked", answer).into())
        }
    }
}

fn replace(answer: ServiceResponse<BoxBody>, replacement: Option<HttpResponse>) -> ServiceResponse<BoxBody> {
    match replacement {
        Some(mut replacement) => {
            // Which methods an address knows is known to actix alone.
            if let Some(allow) = answer.headers().get(header::ALLOW) {
                replacement.headers_mut().insert(header::ALLOW, allow.clone());
            }
            ServiceResponse::new(answer.request().clone(), replacement)
        }
        None => answer,
    }
}

/// A problem document for an answer that failed without one.
fn explain(answer: &ServiceResponse<BoxBody>, id: &RequestId) -> Option<HttpResponse> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let req = answer.request();
    match answer.response().error() {
        Some(error) => match error.as_error::<Error>() {
            Some(error) => Some(problem(error, req, Some(id))),
            None => Some(problem(&foreign(status.as_u16(), error), req, Some(id))),
        },
        None if is_problem(answer) => None,
        None if answer.response().body().size().is_eof() => Some(problem(&by_status(status.as_u16()), req, Some(id))),
        None => None,
    }
}

fn is_problem(answer: &ServiceResponse<BoxBody>) -> bool {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}

/// An error of actix or of another crate: its status counts, its words go to the log.
fn foreign(status: u16, error: &actix_web::Error) -> Error {
    let mut words = String::new();
    let _ = write!(words, "{error}");
    by_status(status).with_source(words)
}

fn by_status(status: u16) -> Error {
    let known = match status {
        404 => Some((&catalogue::NOT_FOUND, "There is nothing at this address")),
        405 => Some((&catalogue::METHOD_NOT_ALLOWED, "This address does not know the method")),
        408 => Some((&catalogue::REQUEST_TIMEOUT, "The request took too long to arrive")),
        413 => Some((&catalogue::PAYLOAD_TOO_LARGE, "The body is larger than the server reads")),
        414 => Some((&catalogue::URI_TOO_LONG, "The address is longer than the server reads")),
        415 => Some((&catalogue::UNSUPPORTED_MEDIA_TYPE, "The body is of a type that is not read here")),
        401 => Some((&catalogue::UNAUTHENTICATED, "Send an access token")),
        403 => Some((&catalogue::FORBIDDEN, "You may not do this")),
        400..=499 => Some((&catalogue::INVALID_REQUEST, "The request cannot be read")),
        503 => Some((&catalogue::UNAVAILABLE, "Try again in a moment")),
        _ => None,
    };
    known.map_or_else(
        || Error::internal(format!("an answer of status {status} had no explanation")),
        |(problem, detail)| Error::new(problem, detail),
    )
}

fn add_headers(answer: &mut ServiceResponse<BoxBody>, id: &RequestId) {
    common_headers(answer.headers_mut(), id);
}

fn common_headers(headers: &mut HeaderMap, id: &RequestId) {
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::CACHE_CONTROL, "no-store");
    add(header::REFERRER_POLICY, "no-referrer");
    add(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, value);
    }
}

//! The envelope of every response: a request id, security headers, and a problem document where something failed.

use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use futures_util::FutureExt;

use super::unread::Body;
use super::{coding, head};
use crate::error::{Error, catalogue};
use crate::http::problem::document::{FailedAt, is_reported, panicked, problem, problem_at};
use crate::http::request::gate;
use crate::http::request::host;
use crate::http::request::id::{REQUEST_ID, RequestId};
use crate::http::request::state::RequestState;

/// The middleware, with the body limit. It may be twice around a handler; the inner one then uses the id of the outer.
pub(crate) async fn envelope(
    limit: usize,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let seen = RequestState::update(&req, |state| std::mem::replace(&mut state.is_enveloped, true));
    let id = RequestState::identify(&req);
    let body = Body::of(&mut req);
    // The rest of an unread body is read after the response.
    let read_rest = |response| match body {
        Some(body) => body.answered(response, limit),
        None => response,
    };
    if let (false, Err(error)) = (seen, host::check(&req)) {
        return Ok(read_rest(head::without_body(refuse(req, &error))));
    }
    let response = match next.call(req).await {
        Ok(response) => response.map_into_boxed_body(),
        // Only extractors of plain actix services fail so; their error has no request.
        Err(error) => return Err(error),
    };
    let status = response.status();
    // The outer envelope completes what has not failed. A response to HEAD keeps its body until then, because the headers
    // depend on it.
    if seen && !status.is_client_error() && !status.is_server_error() {
        return Ok(read_rest(response));
    }
    let replacement = explain(&response, &id);
    let mut response = replace(response, replacement);
    add_headers(&mut response, &id);
    Ok(read_rest(head::without_body(coding::coded(response))))
}

/// The whole response to a request that is refused before anything else sees it, with or without an envelope around.
pub(crate) fn refuse(req: ServiceRequest, error: &Error) -> ServiceResponse<BoxBody> {
    let id = RequestState::identify(&req);
    let refusal = problem(error, req.request(), Some(&id));
    let mut response = req.into_response(refusal);
    add_headers(&mut response, &id);
    response
}

/// Completes a response that failed with an [`Error`]; responses of other code stay as they are.
pub(crate) fn complete(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let error = response.response().error();
    let id = RequestState::read(response.request(), |state| state.id.clone());
    let (Some(error), Some(id)) = (error.and_then(|error| error.as_error::<Error>()), id) else { return response };
    let whole = problem(error, response.request(), Some(&id));
    let mut response = replace(response, Some(whole));
    add_headers(&mut response, &id);
    response
}

/// The middleware that turns a panic of an actix handler into a response.
pub(crate) async fn caught(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // A clone of the request would prevent inner middleware from changing it.
    let (id, path) = (RequestState::identify(&req), req.path().to_owned());
    let (method, route) = (req.method().clone(), is_reported().then(|| req.match_pattern()).flatten());
    match AssertUnwindSafe(next.call(req)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let at = FailedAt { method, route, user: None };
            let mut response = problem_at(&panicked(&*panic), &path, Some(&id), at);
            let status = response.status();
            common_headers(response.headers_mut(), status, &id);
            Err(InternalError::from_response("a handler panicked", response).into())
        }
    }
}

fn replace(response: ServiceResponse<BoxBody>, replacement: Option<HttpResponse>) -> ServiceResponse<BoxBody> {
    match replacement {
        Some(mut replacement) => {
            // Only actix knows the methods of its own services.
            if let Some(allow) = response.headers().get(header::ALLOW) {
                replacement.headers_mut().insert(header::ALLOW, allow.clone());
            }
            ServiceResponse::new(response.request().clone(), replacement)
        }
        None => response,
    }
}

/// A problem document for a response that failed without one.
fn explain(response: &ServiceResponse<BoxBody>, id: &RequestId) -> Option<HttpResponse> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let req = response.request();
    match response.response().error() {
        Some(error) => match error.as_error::<Error>() {
            Some(error) => Some(problem(error, req, Some(id))),
            None => Some(problem(&foreign(status.as_u16(), error), req, Some(id))),
        },
        None if is_problem(response) => None,
        None if response.response().body().size().is_eof() => Some(problem(&by_status(status.as_u16()), req, Some(id))),
        None => None,
    }
}

fn is_problem(response: &ServiceResponse<BoxBody>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}

/// An error of actix or of another crate: its status is kept, its message goes to the log.
fn foreign(status: u16, error: &actix_web::Error) -> Error {
    let mut message = String::new();
    let _ = write!(message, "{error}");
    by_status(status).with_source(message)
}

fn by_status(status: u16) -> Error {
    let known = match status {
        404 => Some((&catalogue::NOT_FOUND, "Not found")),
        405 => Some((&catalogue::METHOD_NOT_ALLOWED, "Method not allowed for this path")),
        408 => Some((&catalogue::REQUEST_TIMEOUT, "The request took too long to arrive")),
        413 => Some((&catalogue::PAYLOAD_TOO_LARGE, "The body is too large")),
        414 => Some((&catalogue::URI_TOO_LONG, "The URI is too long")),
        415 => Some((&catalogue::UNSUPPORTED_MEDIA_TYPE, "The content type of the body is not supported")),
        401 => Some((&catalogue::UNAUTHENTICATED, "Send an access token: Authorization: Bearer <token>")),
        403 => Some((&catalogue::FORBIDDEN, "Forbidden")),
        400..=499 => Some((&catalogue::INVALID_REQUEST, "The request cannot be read")),
        503 => Some((&catalogue::UNAVAILABLE, "Temporarily unavailable; try again in a moment")),
        _ => None,
    };
    known.map_or_else(
        || Error::internal(format!("a response of status {status} had no problem document")),
        |(problem, detail)| Error::new(problem, detail),
    )
}

fn add_headers(response: &mut ServiceResponse<BoxBody>, id: &RequestId) {
    let status = response.status();
    common_headers(response.headers_mut(), status, id);
    gate::add_fields(response);
}

fn common_headers(headers: &mut HeaderMap, status: StatusCode, id: &RequestId) {
    // Caches in front of the server keep errors too: nginx any that has an age, Varnish a 404 for 120 s without one.
    if status.is_client_error() || status.is_server_error() {
        headers.remove(header::CACHE_CONTROL);
    }
    coding::add_vary(headers);
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::CACHE_CONTROL, "no-store");
    add(header::REFERRER_POLICY, "no-referrer");
    add(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    headers.insert(REQUEST_ID, id.header());
}

//! Errors as `application/problem+json` (RFC 9457).

use std::any::Any;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::challenge::challenges;
use crate::actor::Actor;
use crate::auth::Rejected;
use crate::error::{Error, Place, catalogue};
use crate::http::error_headers;
use crate::http::request::dpop::Dpop;
use crate::http::request::id::RequestId;
use crate::http::request::state::RequestState;
use crate::trace::{self, Panicked};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    explanation: &'a [String],
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    code: &'a str,
    message: &'a str,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The response without a request; `problem` adds the path and the request id.
    fn error_response(&self) -> HttpResponse {
        respond(self, None, None, None, false)
    }
}

/// The response to a request that failed.
pub(crate) fn problem(error: &Error, req: &HttpRequest, id: Option<&RequestId>) -> HttpResponse {
    log(error, id);
    report(error, id, || {
        let user =
            RequestState::read(req, |state| state.caller.as_ref().and_then(Actor::user).map(|user| user.id.clone()));
        FailedAt { method: req.method().clone(), route: req.match_pattern(), user }
    });
    RequestState::update(req, |state| {
        let known = catalogue::all().find(|problem| error.is(problem));
        state.problem = Some(known.map_or("other", |problem| problem.slug));
        state.rejection = error.attachment::<Rejected>().map(|rejected| rejected.0);
        respond(error, Some(req.path()), id, state.dpop.as_ref(), state.is_explained)
    })
}

/// The same where the request itself is no longer available.
pub(crate) fn problem_at(error: &Error, path: &str, id: Option<&RequestId>, at: FailedAt) -> HttpResponse {
    log(error, id);
    report(error, id, || at);
    respond(error, Some(path), id, None, false)
}

/// Where a request failed, without parts of its path.
pub(crate) struct FailedAt {
    pub(crate) method: Method,
    /// The template of the path.
    pub(crate) route: Option<String>,
    pub(crate) user: Option<String>,
}

/// Whether anything takes reports of failures.
pub(crate) fn is_reported() -> bool {
    tracing::enabled!(target: trace::FAILURES, tracing::Level::TRACE)
}

/// Reports what the server could not answer, with its causes.
fn report(error: &Error, id: Option<&RequestId>, at: impl FnOnce() -> FailedAt) {
    // Overload is no error of the program, and a report for each request would add to it.
    if error.status() < 500 || error.is(&catalogue::OVERLOADED) || !is_reported() {
        return;
    }
    let FailedAt { method, route, user } = at();
    let trace = trace::current();
    tracing::event!(
        target: trace::FAILURES,
        tracing::Level::TRACE,
        request_id = id.map(RequestId::as_str),
        status = error.status(),
        slug = error.slug(),
        method = method.as_str(),
        route,
        user,
        trace = trace.as_ref().map(tracing::field::display),
        error = std::error::Error::source(error),
    );
}

fn log(error: &Error, id: Option<&RequestId>) {
    // Debug escapes line ends and control characters, so a value cannot forge a line of the log.
    let source = std::error::Error::source(error).map(ToString::to_string);
    let request_id = id.map(RequestId::as_str);
    // The log has one line when it begins: a line for each request would add to the work.
    if error.is(&catalogue::OVERLOADED) {
        tracing::debug!(request_id, slug = error.slug(), "request refused");
    } else if error.status() >= 500 {
        let source = source.unwrap_or_default();
        tracing::error!(request_id, status = error.status(), slug = error.slug(), source = ?source, "request failed");
    } else if source.is_some() || !error.explanation().is_empty() {
        let (source, explanation) = (source.unwrap_or_default(), error.explanation());
        // At debug level only: any client can send invalid tokens at any rate.
        tracing::debug!(
            request_id,
            status = error.status(),
            slug = error.slug(),
            source = ?source,
            explanation = ?explanation,
            "request refused"
        );
    }
}

fn respond(
    error: &Error,
    instance: Option<&str>,
    id: Option<&RequestId>,
    dpop: Option<&Dpop>,
    is_explained: bool,
) -> HttpResponse {
    let entries = error.errors().iter().map(|entry| {
        let (pointer, parameter) = match &entry.place {
            Place::Pointer(pointer) => (Some(pointer.as_str()), None),
            Place::Parameter(name) => (None, Some(name.as_str())),
        };
        Entry { pointer, parameter, code: entry.code.as_str(), message: &entry.message }
    });
    let body = ProblemBody {
        r#type: format!("/problems/{}", error.slug()),
        title: error.title(),
        status: error.status(),
        detail: detail(error, dpop),
        instance,
        request_id: id.map(RequestId::as_str),
        errors: entries.collect(),
        explanation: if is_explained { error.explanation() } else { &[] },
    };
    let mut response = HttpResponse::build(error.status_code());
    response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    for challenge in challenges(error, dpop) {
        response.append_header((header::WWW_AUTHENTICATE, challenge));
    }
    error_headers::add(error, &mut response);
    // A struct of strings and a number is always valid JSON.
    response.body(serde_json::to_vec(&body).unwrap_or_default())
}

/// The sentence of the error. Whoever finds that a token is missing does not know which ones are accepted.
fn detail<'a>(error: &'a Error, dpop: Option<&Dpop>) -> &'a str {
    if error.is(&catalogue::UNAUTHENTICATED) && dpop.is_some_and(|dpop| !dpop.bearer) {
        return "Send an access token that is bound to a key by DPoP: Authorization: DPoP <token>, and its proof in the header DPoP";
    }
    error.detail()
}

/// The error that the caller gets for a handler's panic.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    Error::internal(Panicked::caught(panic))
}

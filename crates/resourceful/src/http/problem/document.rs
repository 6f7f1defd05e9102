//! Errors as `application/problem+json` (RFC 9457).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;

use super::guard::RequestId;
use crate::error::{Error, Place, catalogue};

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
    errors: Vec<Mistake<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    explanation: &'a [String],
}

/// Left in a request's extensions by an application in development: problems may say why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explained;

#[derive(Serialize)]
struct Mistake<'a> {
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

    /// Without a request at hand; `problem` knows the address and the request id as well.
    fn error_response(&self) -> HttpResponse {
        answer(self, None, None, None, None)
    }
}

/// The answer to a request that failed.
pub(crate) fn problem(error: &Error, req: &HttpRequest, id: Option<&RequestId>) -> HttpResponse {
    let extensions = req.extensions();
    log(error, id);
    answer(error, Some(req.path()), id, extensions.get::<Dpop>(), extensions.get::<Explained>().copied())
}

/// The same where the request itself is gone.
pub(crate) fn problem_at(error: &Error, path: &str, id: Option<&RequestId>) -> HttpResponse {
    log(error, id);
    answer(error, Some(path), id, None, None)
}

fn log(error: &Error, id: Option<&RequestId>) {
    // Debug escapes line ends and control characters, so a value cannot forge a line of the log.
    let source = std::error::Error::source(error).map(ToString::to_string);
    let request_id = id.map(RequestId::as_str);
    if error.status() >= 500 {
        let source = source.unwrap_or_default();
        tracing::error!(request_id, status = error.status(), slug = error.slug(), source = ?source, "request failed");
    } else if source.is_some() || !error.explanation().is_empty() {
        let (source, explanation) = (source.unwrap_or_default(), error.explanation());
        // Only on demand: anybody can send bad tokens as fast as he likes.
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

fn answer(
    error: &Error,
    instance: Option<&str>,
    id: Option<&RequestId>,
    dpop: Option<&Dpop>,
    explained: Option<Explained>,
) -> HttpResponse {
    let mistakes = error.errors().iter().map(|mistake| {
        let (pointer, parameter) = match &mistake.place {
            Place::Pointer(pointer) => (Some(pointer.as_str()), None),
            Place::Parameter(name) => (None, Some(name.as_str())),
        };
        Mistake { pointer, parameter, code: mistake.code, message: &mistake.message }
    });
    let body = ProblemBody {
        r#type: format!("/problems/{}", error.slug()),
        title: error.title(),
        status: error.status(),
        detail: error.detail(),
        instance,
        request_id: id.map(RequestId::as_str),
        errors: mistakes.collect(),
        explanation: if explained.is_some() { error.explanation() } else { &[] },
    };
    let mut answer = HttpResponse::build(error.status_code());
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    for challenge in challenges(error, dpop) {
        answer.append_header((header::WWW_AUTHENTICATE, challenge));
    }
    add_headers(error, &mut answer);
    // A struct of strings and a number is always valid JSON.
    answer.body(serde_json::to_vec(&body).unwrap_or_default())
}

fn add_headers(error: &Error, answer: &mut HttpResponseBuilder) {
    if let Some(after) = error.retry_after() {
        answer.insert_header((header::RETRY_AFTER, after.as_secs().max(1)));
    }
    if !error.allow().is_empty() {
        answer.insert_header((header::ALLOW, error.allow().join(", ")));
    }
    if !error.accepted_types().is_empty() {
        let types = error.accepted_types().join(", ");
        // RFC 5789 section 2.2 has a header of its own for PATCH.
        let name = if error.accepted_types().len() > 1 { "accept-patch" } else { "accept" };
        answer.insert_header((name, types));
    }
}

/// What the application asks of tokens that are bound to a key; left in a request's extensions for its challenges.
#[derive(Debug, Clone)]
pub(crate) struct Dpop {
    /// What proofs may be signed with.
    pub(crate) algorithms: String,
    /// Bearer tokens are accepted too.
    pub(crate) bearer: bool,
    /// The request has used the scheme.
    pub(crate) used: bool,
}

/// The challenges of RFC 6750 section 3 and RFC 9449 section 7.1: each scheme that would do, and what is wrong with
/// the one that was used.
fn challenges(error: &Error, dpop: Option<&Dpop>) -> Vec<String> {
    let used = dpop.is_some_and(|dpop| dpop.used);
    let bearer = |more: &str| format!("Bearer realm=\"api\"{more}");
    let bound = |dpop: &Dpop, more: &str| format!("DPoP realm=\"api\"{more}, algs=\"{}\"", dpop.algorithms);
    let with_error = |more: &str| dpop.filter(|_| used).map_or_else(|| bearer(more), |dpop| bound(dpop, more));
    if error.is(&catalogue::INSUFFICIENT_SCOPE) {
        let missing: Vec<&str> = error.missing_permissions().collect();
        let scope =
            if missing.is_empty() { String::new() } else { format!(", scope=\"{}\"", quoted(&missing.join(" "))) };
        return vec![with_error(&format!(", error=\"insufficient_scope\"{scope}"))];
    }
    let code = if error.is(&catalogue::UNAUTHENTICATED) {
        None
    } else if error.is(&catalogue::INVALID_TOKEN) {
        Some("invalid_token")
    } else if error.is(&catalogue::INVALID_DPOP_PROOF) {
        Some("invalid_dpop_proof")
    } else {
        return Vec::new();
    };
    let wrong = code.map(|code| format!(", error=\"{code}\", error_description=\"{}\"", quoted(error.detail())));
    let wrong = wrong.as_deref().unwrap_or_default();
    match dpop {
        None => vec![bearer(wrong)],
        Some(dpop) if !dpop.bearer => vec![bound(dpop, wrong)],
        Some(dpop) if dpop.used => vec![bound(dpop, wrong), bearer("")],
        Some(dpop) => vec![bearer(wrong), bound(dpop, "")],
    }
}

/// Text that may stand between quotes in a header.
fn quoted(text: &str) -> String {
    text.replace(['"', '\\'], "'").replace(|c: char| !c.is_ascii() || c.is_control(), "?")
}

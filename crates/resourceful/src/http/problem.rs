//! Errors as `application/problem+json` (RFC 9457).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
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
}

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

    /// Without a request at hand; [`problem`] knows the address and the request id as well.
    fn error_response(&self) -> HttpResponse {
        answer(self, None, None)
    }
}

/// The answer to a request that failed.
pub(crate) fn problem(error: &Error, req: &HttpRequest, id: Option<&RequestId>) -> HttpResponse {
    if error.status() >= 500 {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        // Debug escapes line ends and control characters, so a value cannot forge a line of the log.
        tracing::error!(request_id = id.map(RequestId::as_str), status = error.status(), slug = error.slug(), source = ?source, "request failed");
    }
    answer(error, Some(req.path()), id)
}

fn answer(error: &Error, instance: Option<&str>, id: Option<&RequestId>) -> HttpResponse {
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
    };
    let mut answer = HttpResponse::build(error.status_code());
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    add_headers(error, &mut answer);
    // A struct of strings and a number is always valid JSON.
    answer.body(serde_json::to_vec(&body).unwrap_or_default())
}

fn add_headers(error: &Error, answer: &mut HttpResponseBuilder) {
    if let Some(challenge) = challenge(error) {
        answer.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
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

/// The challenge of RFC 6750 section 3.
fn challenge(error: &Error) -> Option<String> {
    let quoted = |text: &str| text.replace(['"', '\\'], "'").replace(|c: char| !c.is_ascii() || c.is_control(), "?");
    if error.is(&catalogue::UNAUTHENTICATED) {
        return Some("Bearer realm=\"api\"".to_owned());
    }
    if error.is(&catalogue::INVALID_TOKEN) {
        return Some(format!(
            "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"{}\"",
            quoted(error.detail())
        ));
    }
    if error.is(&catalogue::INSUFFICIENT_SCOPE) {
        let missing: Vec<&str> = error.missing_permissions().collect();
        let scope =
            if missing.is_empty() { String::new() } else { format!(", scope=\"{}\"", quoted(&missing.join(" "))) };
        return Some(format!("Bearer realm=\"api\", error=\"insufficient_scope\"{scope}"));
    }
    None
}

//! The answers that are no success: which can occur where, and what they look like.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::names::schema_ref;
use crate::error::catalogue;
use crate::spec::{Kind, Operation, Requirement, ResourceSpec, Target};

/// The error statuses that an operation of a resource can answer with.
pub(super) fn statuses(spec: &ResourceSpec, operation: Operation, requires: &[Requirement]) -> Vec<u16> {
    let creates = matches!(operation, Operation::Create | Operation::BulkCreate | Operation::SelfCreate);
    let has_body = operation.method() != "GET" && operation.method() != "DELETE";
    let mut statuses = common(requires);
    // A relation or a field may ask for a permission of its own.
    if !spec.relations.is_empty() || spec.field_permissions().next().is_some() {
        statuses.push(403);
    }
    // An application's token cannot own what it would create.
    if creates && spec.own_owner_field().is_some() {
        statuses.push(403);
    }
    if operation.target() == Target::Item {
        statuses.push(404);
    }
    // A text id that is a word of the path leads to that word's own methods.
    if operation.target() == Target::Item && matches!(spec.id_field().ty.kind, Kind::String) {
        statuses.push(405);
    }
    if operation.is_write() {
        // The database may have rules that refuse even a row's end.
        statuses.extend([409, 422]);
    }
    if has_body {
        statuses.extend([413, 415, 422]);
    }
    statuses
}

/// What every endpoint can answer: a bad token is refused where none is needed, too.
pub(super) fn common(requires: &[Requirement]) -> Vec<u16> {
    let mut statuses = vec![400, 401, 500, 503];
    if requires.iter().any(|requirement| *requirement != Requirement::Public) {
        statuses.push(403);
    }
    statuses
}

/// Adds references to the answers of these statuses.
pub(super) fn refer(builder: &mut Builder<'_>, statuses: Vec<u16>, responses: &mut Map<String, Value>) {
    let limit = builder.input.rate_limited.then_some(429);
    for status in statuses.into_iter().chain(limit) {
        builder.statuses.insert(status);
        responses.insert(status.to_string(), reference(status));
    }
}

pub(super) fn reference(status: u16) -> Value {
    json!({"$ref": format!("#/components/responses/{}", name(status))})
}

pub(super) fn name(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        413 => "PayloadTooLarge",
        415 => "UnsupportedMediaType",
        422 => "UnprocessableContent",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "InternalServerError",
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request, its query or its JSON cannot be read.",
        401 => "The token is missing or no good.",
        403 => "The token does not allow this.",
        404 => "There is no such thing, or none that the caller may see.",
        405 => "The address does not know this method.",
        409 => "The write contradicts what is stored.",
        413 => "The body is too large.",
        415 => "The body is not JSON.",
        422 => "What was asked for does not obey the rules: those of the body, or those of the database.",
        429 => "Too many requests.",
        503 => "Not now; try again later.",
        _ => "Something failed on the server.",
    }
}

/// Adds the answers that operations have referred to.
pub(super) fn add_used(builder: &mut Builder<'_>) {
    for status in std::mem::take(&mut builder.statuses) {
        builder.responses.insert(name(status).to_owned(), component(status));
    }
    builder.schemas.insert("Problem".to_owned(), problem());
    builder.schemas.insert("FieldError".to_owned(), field_error());
}

/// The answer of this status, as the components have it.
pub(super) fn component(status: u16) -> Value {
    let mut examples = Map::new();
    for problem in catalogue::ALL.iter().filter(|problem| problem.status == status) {
        let value = json!({
            "type": format!("/problems/{}", problem.slug),
            "title": problem.title,
            "status": status,
            "detail": problem.explanation,
            "instance": "/",
            "requestId": "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4",
        });
        examples.insert(problem.slug.to_owned(), json!({"summary": problem.title, "value": value}));
    }
    let mut response = json!({
        "description": meaning(status),
        "content": {"application/problem+json": {"schema": schema_ref("Problem"), "examples": examples}},
    });
    let header = match status {
        401 | 403 => {
            Some(("WWW-Authenticate", "What to send instead (RFC 6750 section 3).", json!({"type": "string"})))
        }
        429 | 503 => {
            Some(("Retry-After", "After how many seconds to try again.", json!({"type": "integer", "minimum": 0})))
        }
        _ => None,
    };
    if let Some((name, description, schema)) = header {
        response["headers"] = json!({name: {"description": description, "schema": schema}});
    }
    response
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request failed (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "The kind of problem; the page at this address explains it."},
            "title": {"type": "string", "description": "The kind's name."},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What is wrong this time and what to do about it."},
            "instance": {"type": "string", "format": "uri-reference", "description": "The path of the request."},
            "requestId": {"type": "string", "description": "The id under which the server's log has this request."},
            "errors": {"type": "array", "items": schema_ref("FieldError"), "description": "One entry for each mistake."},
            "explanation": {"type": "array", "items": {"type": "string"}, "description": "While the application is developed: why it was decided so."},
        },
        "required": ["type", "title", "status", "detail"],
        "examples": [{
            "type": "/problems/validation-error",
            "title": catalogue::VALIDATION_ERROR.title,
            "status": 422,
            "detail": "One value does not obey its rules",
            "instance": "/",
            "requestId": "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4",
            "errors": [{"pointer": "/name", "code": "required", "message": "is required"}],
        }],
    })
}

fn field_error() -> Value {
    json!({
        "type": "object",
        "description": "A mistake, with the place where it stands: in the body or in the query.",
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer", "description": "A JSON pointer into the body (RFC 6901)."},
            "parameter": {"type": "string", "description": "The name of a query parameter."},
            "code": {"type": "string", "description": "The rule, as a word for programs."},
            "message": {"type": "string", "description": "What is wrong and what is allowed, read on from the name."},
        },
        "required": ["code", "message"],
        "examples": [{"pointer": "/name", "code": "required", "message": "is required"}],
    })
}

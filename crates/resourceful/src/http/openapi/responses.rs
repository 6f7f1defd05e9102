//! The error responses: which can occur where, and what they look like.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::conditional;
use super::names::schema_ref;
use crate::error::{catalogue, codes};
use crate::spec::{Kind, Operation, Requirement, ResourceSpec, Target};

/// The error statuses of an operation of a resource.
pub(super) fn statuses(spec: &ResourceSpec, operation: Operation, requires: &[Requirement]) -> Vec<u16> {
    let mut statuses = common(requires);
    // A relation or a field may require a permission of its own.
    if !spec.relations.is_empty() || spec.field_permissions().next().is_some() {
        statuses.push(403);
    }
    // The token of an application cannot own the new row.
    if operation.creates() && spec.own_owner_field().is_some() {
        statuses.push(403);
    }
    if operation.target() == Target::Item {
        statuses.push(404);
    }
    // A text id can equal a reserved word of the path, which has other methods.
    if operation.target() == Target::Item && matches!(spec.id_field().ty.kind, Kind::String) {
        statuses.push(405);
    }
    if operation.is_write() {
        // Rules of the database can refuse a deletion, too.
        statuses.extend([409, 422]);
    }
    if conditional::is_write(operation) {
        statuses.push(412);
        statuses.extend(spec.require_match.then_some(428));
    }
    if operation.has_body() {
        statuses.extend([413, 415, 422]);
    }
    statuses
}

/// The error statuses of every endpoint: an invalid token is refused even where none is required.
pub(super) fn common(requires: &[Requirement]) -> Vec<u16> {
    let mut statuses = vec![400, 401, 500, 503];
    if requires.iter().any(|requirement| *requirement != Requirement::Public) {
        statuses.push(403);
    }
    statuses
}

/// Adds references to the responses of these statuses.
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
        408 => "RequestTimeout",
        409 => "Conflict",
        412 => "PreconditionFailed",
        413 => "PayloadTooLarge",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        422 => "UnprocessableContent",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        507 => "InsufficientStorage",
        _ => "InternalServerError",
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is malformed: its headers, its query or its JSON.",
        401 => "The access token is missing or invalid.",
        403 => "The caller is not allowed to do this.",
        404 => "Not found, or not visible to the caller.",
        405 => "Method not allowed for this path.",
        408 => "The request took too long to arrive.",
        409 => "The write contradicts stored data.",
        412 => "The row is not in the state that If-Match or If-None-Match requires. Nothing was changed.",
        413 => "The body is too large.",
        415 => "The content type of the body is not supported.",
        416 => "The file has none of the requested bytes.",
        422 => "The request can be read, but breaks rules: those of its values, or those of the database.",
        428 => "The request must name the state of the row that it is based on, in If-Match.",
        429 => "Too many requests.",
        503 => "Temporarily unavailable. Retry later.",
        507 => "The storage has no space left.",
        _ => "Something failed on the server.",
    }
}

/// Adds the responses that operations refer to.
pub(super) fn add_used(builder: &mut Builder<'_>) {
    for status in std::mem::take(&mut builder.statuses) {
        builder.responses.insert(name(status).to_owned(), component(status));
    }
    builder.schemas.insert("Problem".to_owned(), problem());
    builder.schemas.insert("FieldError".to_owned(), field_error());
}

/// The component of the response with this status.
pub(super) fn component(status: u16) -> Value {
    let mut examples = Map::new();
    for problem in catalogue::of_operations().filter(|problem| problem.status() == status) {
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
    let retry_after =
        ("Retry-After", "The number of seconds after which to try again.", json!({"type": "integer", "minimum": 0}));
    let text = || json!({"type": "string"});
    let headers = match status {
        401 | 403 => vec![(
            "WWW-Authenticate",
            "The accepted authentication schemes, and what is missing (RFC 6750 section 3).",
            text(),
        )],
        429 => vec![
            retry_after,
            ("RateLimit-Policy", "The limits: of each its name, the requests `q` in `w` seconds.", text()),
            (
                "RateLimit",
                "How many requests `r` are left of each limit, and after how many seconds `t` there is one more.",
                text(),
            ),
        ],
        503 => vec![retry_after],
        _ => Vec::new(),
    };
    for (name, description, schema) in headers {
        response["headers"][name] = json!({"description": description, "schema": schema});
    }
    response
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request failed (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "The kind of problem. The page at this path explains it."},
            "title": {"type": "string", "description": "The name of the problem, the same for each occurrence."},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What is wrong this time and what to do about it."},
            "instance": {"type": "string", "format": "uri-reference", "description": "The path of the request."},
            "requestId": {"type": "string", "description": "The id of the request in the server's log."},
            "errors": {"type": "array", "items": schema_ref("FieldError"), "description": "One entry for each invalid value."},
            "explanation": {"type": "array", "items": {"type": "string"}, "description": "An explanation of the decision. Only while the application is in development."},
        },
        "required": ["type", "title", "status", "detail"],
        "examples": [{
            "type": "/problems/validation-error",
            "title": catalogue::VALIDATION_ERROR.title,
            "status": 422,
            "detail": "One value is invalid",
            "instance": "/",
            "requestId": "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4",
            "errors": [{"pointer": "/name", "code": "required", "message": "is required"}],
        }],
    })
}

fn field_error() -> Value {
    json!({
        "type": "object",
        "description": "An invalid value, and where it is in the body or the query.",
        "properties": {
            "pointer": {"type": "string", "format": "json-pointer", "description": "A JSON pointer into the body (RFC 6901)."},
            "parameter": {"type": "string", "description": "The name of a query parameter."},
            "code": code(),
            "message": {"type": "string", "description": "What is wrong and what is allowed, as a sentence that continues the name of the field."},
        },
        "required": ["code", "message"],
        "examples": [{"pointer": "/name", "code": "required", "message": "is required"}],
    })
}

/// A code is any string, because an application can have codes of its own, and later versions of the framework can add
/// codes. The known ones are listed in `x-extensible-enum`: generated clients read the type as a string, where a union of
/// an enum and a string becomes a wrapper type in some languages, and in others a closed enum that fails on new codes.
fn code() -> Value {
    let known: Vec<&str> = codes::all().map(|entry| entry.code.as_str()).collect();
    json!({
        "type": "string",
        "description": "The broken rule, for programs: one of the known codes, which `/problems` explains, or a code of the application.",
        "x-extensible-enum": known,
        "examples": ["required"],
    })
}

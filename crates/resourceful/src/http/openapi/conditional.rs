//! Conditional requests in the document: the headers that carry tags, and 304.

use serde_json::{Value, json};

use super::builder::Builder;
use crate::spec::{Operation, Outcome, ResourceSpec, Target};

/// The name of the response without a body.
const NOT_MODIFIED: &str = "NotModified";

/// The header with a tag.
const TAG: &str = "ETag";

/// A list of entity tags (RFC 9110 section 8.8.3), or `*`.
const TAGS: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*"){0,99})$"#;

/// Whether the response to the operation has a tag that a later request can name.
pub(super) fn has_tag(operation: Operation) -> bool {
    match operation.outcome() {
        Outcome::Found | Outcome::Counted => is_read(operation),
        Outcome::Created => operation != Operation::BulkCreate,
        Outcome::Changed => true,
        Outcome::Deleted => false,
    }
}

/// Whether the operation answers 304.
pub(super) fn is_read(operation: Operation) -> bool {
    operation.method() == "GET"
}

/// Whether If-Match names the state of the row that the operation writes.
pub(super) fn is_write(operation: Operation) -> bool {
    operation.is_write() && operation.target() == Target::Item
}

/// The parameters of an operation that take tags, as references.
pub(super) fn parameters(builder: &mut Builder<'_>, spec: &ResourceSpec, operation: Operation) -> Vec<Value> {
    match operation {
        _ if is_read(operation) => vec![if_none_match(builder)],
        _ if is_write(operation) => vec![if_match(builder, spec.require_match)],
        _ => Vec::new(),
    }
}

/// A reference to the parameter of operations that answer 304.
pub(super) fn if_none_match(builder: &mut Builder<'_>) -> Value {
    let text = "The `ETag` of a response that the caller has, or several: with one of them the response is 304.";
    component(builder, "IfNoneMatch", "If-None-Match", text, false)
}

/// A reference to the parameter of operations that write a row.
pub(super) fn if_match(builder: &mut Builder<'_>, required: bool) -> Value {
    let text = "The row's `ETag` as the caller has read it: if the row has been changed since, the response is 412 and \
                nothing is changed. Tags that begin with `W/` match nothing.";
    component(builder, if required { "IfMatchRequired" } else { "IfMatch" }, "If-Match", text, required)
}

fn component(builder: &mut Builder<'_>, key: &str, name: &str, text: &str, required: bool) -> Value {
    let make = || {
        let mut parameter = json!({
            "name": name,
            "in": "header",
            "required": required,
            "description": text,
            "schema": {"type": "string", "pattern": TAGS},
        });
        // Pages that try operations fill in examples. A condition that nobody has chosen would refuse the request.
        if required {
            parameter["example"] = json!("\"7-3fa9c1b2d4e5f607\"");
        }
        parameter
    };
    builder.parameters.entry(key).or_insert_with(make);
    json!({"$ref": format!("#/components/parameters/{key}")})
}

/// Adds the tag to the headers of a response.
pub(super) fn add_tag(builder: &mut Builder<'_>, response: &mut Value) {
    let make = || {
        json!({
            "description": "The entity tag of the response, for If-None-Match. That of a row also names its state, for If-Match.",
            "required": true,
            "schema": {"type": "string"},
        })
    };
    builder.headers.entry(TAG).or_insert_with(make);
    response["headers"][TAG] = json!({"$ref": format!("#/components/headers/{TAG}")});
}

/// Adds a reference to the response 304.
pub(super) fn add_not_modified(builder: &mut Builder<'_>, answers: &mut serde_json::Map<String, Value>) {
    let mut response = json!({"description": "The caller has this response already."});
    add_tag(builder, &mut response);
    builder.responses.insert(NOT_MODIFIED.to_owned(), response);
    answers.insert("304".to_owned(), json!({"$ref": format!("#/components/responses/{NOT_MODIFIED}")}));
}

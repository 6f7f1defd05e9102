//! The endpoints of fields that are files.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::names::schema_ref;
use super::operations::{put, start};
use super::view::ResourceView;
use super::{conditional, parameters, responses};
use crate::spec::{FieldSpec, FileAction, FileOperation, FileSpec, Kind, ThumbSpec, words};

/// Adds the endpoints of the resource's files.
pub(super) fn add(builder: &mut Builder<'_>, view: &ResourceView<'_>) {
    for file in view.spec.file_operations() {
        if let Some(limits) = view.spec.fields[file.field].file {
            add_one(builder, view, file, &limits);
        }
    }
}

fn add_one(builder: &mut Builder<'_>, view: &ResourceView<'_>, file: FileOperation, limits: &FileSpec) {
    let (spec, field) = (view.spec, &view.spec.fields[file.field]);
    let Some(offered) = spec.operation(file.operation) else { return };
    let requires = std::slice::from_ref(&offered.requires);
    let id = format!("{}_{}", spec.path.replace(['-', '/'], "_"), file.name(spec));
    let (summary, text) = explain(view, field, file, limits);
    let mut entry = start(builder, &id, spec.tag, summary, text, requires);
    let is_write = !matches!(file.action, FileAction::Download | FileAction::Thumb(_));
    let mut parameters = vec![parameters::id(view)];
    parameters.push(match is_write {
        true => conditional::if_match(builder, spec.require_match),
        false => conditional::if_none_match(builder),
    });
    parameters.extend(match file.action {
        FileAction::Upload => Some(name_parameter()),
        FileAction::Download => Some(range_parameter()),
        _ => None,
    });
    entry.insert("parameters".to_owned(), json!(parameters));
    if file.action == FileAction::Upload {
        entry.insert("requestBody".to_owned(), body(limits));
    }
    let mut answers = Map::new();
    let mut statuses = responses::common(requires);
    let permission = if is_write { field.write } else { field.read };
    statuses.extend(permission.map(|_| 403));
    statuses.push(404);
    if matches!(spec.id_field().ty.kind, Kind::String) {
        statuses.push(405);
    }
    if is_write {
        statuses.extend([409, 412, 422]);
        statuses.extend(spec.require_match.then_some(428));
    }
    match file.action {
        FileAction::Upload => {
            let mut success = json!({
                "description": format!("The {} with its file.", view.singular),
                "content": {"application/json": {"schema": schema_ref(view.base)}},
            });
            conditional::add_tag(builder, &mut success);
            answers.insert("200".to_owned(), success);
            statuses.extend([408, 413, 415, 507]);
        }
        FileAction::Remove => drop(answers.insert("204".to_owned(), json!({"description": "The file was removed."}))),
        FileAction::Download | FileAction::Thumb(_) => {
            let content = content(&shown_types(file.action, limits));
            let mut whole = json!({"description": "The content.", "content": content});
            let part = json!({"description": "The requested part of the content.", "content": content});
            conditional::add_tag(builder, &mut whole);
            whole["headers"]["Content-Disposition"] = json!({
                "description": "The name of the file (RFC 6266), and whether a browser may show it.",
                "schema": {"type": "string"},
            });
            answers.insert("200".to_owned(), whole);
            answers.insert("206".to_owned(), part);
            conditional::add_not_modified(builder, &mut answers);
            statuses.extend([412, 416]);
        }
    }
    responses::refer(builder, statuses, &mut answers);
    entry.insert("responses".to_owned(), Value::Object(answers));
    put(builder, &format!("/{}{}", spec.path, file.path(spec)), file.method(), entry);
}

fn explain(view: &ResourceView<'_>, field: &FieldSpec, file: FileOperation, limits: &FileSpec) -> (String, String) {
    let (name, one) = (words(field.name), view.one());
    let own = if file.operation.is_self() { " of your own" } else { "" };
    let accepted: Vec<String> =
        limits.types.iter().filter(|one| **one != "*/*").map(|one| format!("`{one}`")).collect();
    let accepted = if accepted.is_empty() { "Any type of file is accepted".to_owned() } else { accepted.join(", ") };
    match file.action {
        FileAction::Upload => (
            format!("Upload the {name} of {one}{own}"),
            format!(
                "Replaces the file, if there is one. At most {} bytes. Accepted: {accepted}. The content decides of which type a \
                 file is: one that contradicts its `Content-Type` is refused.",
                limits.max
            ),
        ),
        FileAction::Download => (format!("Download the {name} of {one}{own}"), field.doc.trim().to_owned()),
        FileAction::Remove => (format!("Remove the {name} of {one}{own}"), String::new()),
        FileAction::Thumb(ThumbSpec { width, height }) => (
            format!("Download the {name} of {one}{own} in {width} x {height} pixels"),
            "A smaller copy of the image with the same ratio of its sides, as JPEG or PNG. No other file has one."
                .to_owned(),
        ),
    }
}

/// What an upload sends: the file itself, or a form with it.
fn body(limits: &FileSpec) -> Value {
    let mut content = content(limits.types);
    content["multipart/form-data"] = json!({"schema": {
        "type": "object",
        "properties": {"file": {
            "type": "string",
            "format": "binary",
            "contentMediaType": if let [one] = limits.types { one } else { &"application/octet-stream" },
        }},
        "required": ["file"],
        "additionalProperties": false,
    }});
    json!({"required": true, "content": content})
}

/// Bytes of one of these types.
fn content(types: &[&str]) -> Value {
    let binary = |one: &&str| ((*one).to_owned(), json!({"schema": {"type": "string", "format": "binary"}}));
    Value::Object(types.iter().map(binary).collect())
}

fn shown_types(action: FileAction, limits: &FileSpec) -> Vec<&'static str> {
    match action {
        FileAction::Thumb(_) => vec!["image/jpeg", "image/png"],
        _ => limits.types.to_vec(),
    }
}

fn name_parameter() -> Value {
    json!({
        "name": "Content-Disposition",
        "in": "header",
        "description": "The name of the file, unless it is in a form (RFC 6266).",
        "schema": {"type": "string"},
    })
}

fn range_parameter() -> Value {
    json!({
        "name": "Range",
        "in": "header",
        "description": "A part of the content (RFC 9110 section 14), such as `bytes=0-499`.",
        "schema": {"type": "string"},
    })
}

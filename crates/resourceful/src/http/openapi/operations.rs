//! The operations: the fifteen of a resource, as far as it offers them, and the hand-written ones.

use serde_json::{Map, Value, json};

use super::access::{self, Access};
use super::builder::Builder;
use super::input::EndpointEntry;
use super::names::{numbered, schema_ref, split_doc};
use super::surroundings::{Surroundings, any_word};
use super::view::ResourceView;
use super::{parameters, responses};
use crate::http::path;
use crate::spec::{Operation, OperationSpec, Requirement};

/// Adds an operation that a resource offers.
pub(super) fn add_offered(builder: &mut Builder<'_>, view: &ResourceView<'_>, offered: &OperationSpec) {
    let OperationSpec { operation, requires } = offered;
    let (summary, text) = explain(view, *operation);
    let id = format!("{}_{}", snake(view.spec.path), operation.name());
    let requires = std::slice::from_ref(requires);
    let mut entry = start(builder, &id, view.spec.tag, summary, text, requires);
    let parameters = parameters::of(builder, view, *operation);
    if !parameters.is_empty() {
        entry.insert("parameters".to_owned(), json!(parameters));
    }
    if let Some(body) = request_body(view, *operation) {
        entry.insert("requestBody".to_owned(), body);
    }
    let mut answers = Map::new();
    let (status, answer) = success(view, *operation);
    answers.insert(status.to_string(), answer);
    responses::refer(builder, responses::statuses(view.spec, *operation, requires), &mut answers);
    entry.insert("responses".to_owned(), Value::Object(answers));
    put(builder, &format!("/{}{}", view.spec.path, operation.path()), operation.method(), entry);
}

/// Adds a hand-written endpoint.
pub(super) fn add_endpoint(builder: &mut Builder<'_>, endpoint: &EndpointEntry) {
    let (summary, text) = split_doc(endpoint.doc);
    let summary = if summary.is_empty() { endpoint.name.replace('_', " ") } else { summary };
    let (path, names) = path::in_openapi(&endpoint.path);
    let mut entry = start(builder, &endpoint.id, &endpoint.tag, summary, text, &endpoint.requires);

    let mut parts = endpoint.doc_parts.clone();
    let of_parameters = parts.parameters.iter_mut().chain(&mut parts.query).map(|(_, schema)| schema);
    let of_bodies = parts.body.iter_mut().chain(parts.answer.as_mut().map(|(_, schema)| schema));
    of_parameters.chain(of_bodies).for_each(|schema| builder.resolve(schema, &parts.resources));
    let schema_of = |name: &String| {
        let known = parts.parameters.iter().find(|(known, _)| known == name);
        known.map_or_else(any_word, |(_, schema)| schema.clone())
    };
    let in_path =
        names.iter().map(|name| json!({"name": name, "in": "path", "required": true, "schema": schema_of(name)}));
    let in_query = parts.query.iter().map(|(name, schema)| json!({"name": name, "in": "query", "schema": schema}));
    // An object whose members are parameters each (OpenAPI 3.1 section 4.8.12.2.2).
    let any = parts.any_query.then(|| {
        let schema = json!({"type": "object", "additionalProperties": true});
        json!({"name": "parameters", "in": "query", "style": "form", "explode": true, "schema": schema,
            "description": "Parameters of any name."})
    });
    let parameters: Vec<Value> = in_path.chain(in_query).chain(any).collect();
    if !parameters.is_empty() {
        entry.insert("parameters".to_owned(), json!(parameters));
    }
    if let Some(schema) = &parts.body {
        entry.insert(
            "requestBody".to_owned(),
            json!({"required": true, "content": {"application/json": {"schema": schema}}}),
        );
    }

    let mut answers = Map::new();
    match &parts.answer {
        Some((status, Value::Null)) => drop(answers.insert(status.to_string(), json!({"description": "Done."}))),
        Some((status, schema)) => drop(answers.insert(status.to_string(), answer("Done.", schema.clone()))),
        // Nothing is known of it but that it is no error.
        None => drop(answers.insert("2XX".to_owned(), json!({"description": "Done."}))),
    }
    let mut statuses = responses::common(&endpoint.requires);
    if !names.is_empty() {
        statuses.push(404);
    }
    if !matches!(endpoint.method, "GET" | "HEAD") {
        statuses.push(409);
    }
    if parts.body.is_some() {
        statuses.extend([413, 415, 422]);
    }
    responses::refer(builder, statuses, &mut answers);
    entry.insert("responses".to_owned(), Value::Object(answers));
    put(builder, &path, endpoint.method, entry);
}

/// What all operations have.
fn start(
    builder: &mut Builder<'_>,
    id: &str,
    tag: &str,
    summary: String,
    text: String,
    requires: &[Requirement],
) -> Map<String, Value> {
    let id = numbered(id, |id| !builder.operation_ids.contains(id));
    builder.operation_ids.insert(id.clone());
    let Access { security, extensions, sentence } = Access::of(requires);
    let text = access::with_sentence(&text, &sentence);
    let mut entry = Map::from_iter([
        ("operationId".to_owned(), json!(id)),
        ("tags".to_owned(), json!([tag])),
        ("summary".to_owned(), json!(summary)),
        ("description".to_owned(), json!(text)),
        ("security".to_owned(), security),
    ]);
    entry.extend(extensions);
    entry
}

fn put(builder: &mut Builder<'_>, path: &str, method: &str, entry: Map<String, Value>) {
    let Surroundings { path: before, parameters } = &builder.around;
    let methods = builder.paths.entry(format!("{before}{path}")).or_insert_with(|| match parameters.is_empty() {
        true => json!({}),
        false => json!({"parameters": parameters}),
    });
    methods[method.to_ascii_lowercase()] = Value::Object(entry);
}

fn snake(path: &str) -> String {
    path.trim_matches('/').replace(['-', '/'], "_")
}

fn explain(view: &ResourceView<'_>, operation: Operation) -> (String, String) {
    let ResourceView { singular, plural, .. } = view;
    let one = view.one();
    let (summary, text) = match operation {
        Operation::List => (format!("List {plural}"), "Filters and words narrow the list; all of them must hold."),
        Operation::Count => (format!("Count {plural}"), "Takes the filters and words of the list."),
        Operation::Search => (
            format!("Search {plural}"),
            "The same as the list, with the query in the body, where filters can be joined by `and`, `or` and `not`.",
        ),
        Operation::Get => (format!("Get {one}"), ""),
        Operation::Create => (format!("Create {one}"), ""),
        Operation::BulkCreate => (format!("Create many {plural}"), "All or none: one mistake and nothing is created."),
        Operation::Update => {
            (format!("Replace {one}"), "Absent optional fields become null, absent fields with a default get it.")
        }
        Operation::Patch => (format!("Change {one}"), "Absent fields stay as they are."),
        Operation::Delete => {
            (format!("Delete {one}"), "Refused while other rows refer to it, unless they are declared to follow.")
        }
        Operation::SelfList => (format!("List your own {plural}"), "Only rows that belong to the caller."),
        Operation::SelfCreate => (format!("Create {one} of your own"), "It belongs to the caller."),
        Operation::SelfGet => (format!("Get {one} of your own"), "A row of somebody else is not found."),
        Operation::SelfUpdate => (format!("Replace {one} of your own"), "A row of somebody else is not found."),
        Operation::SelfPatch => (format!("Change {one} of your own"), "A row of somebody else is not found."),
        Operation::SelfDelete => (format!("Delete {one} of your own"), "A row of somebody else is not found."),
    };
    let text =
        if operation == Operation::Get { format!("Answers with the {singular} of this id.") } else { text.to_owned() };
    (summary, text)
}

fn request_body(view: &ResourceView<'_>, operation: Operation) -> Option<Value> {
    let (suffix, merge_patch) = match operation {
        Operation::SelfCreate if view.spec.has_own_creatable() => ("CreateOwn", false),
        Operation::Create | Operation::SelfCreate => ("Create", false),
        Operation::BulkCreate => ("BulkCreate", false),
        Operation::Update | Operation::SelfUpdate => ("Update", false),
        Operation::Patch | Operation::SelfPatch => ("Patch", true),
        Operation::Search => ("Search", false),
        _ => return None,
    };
    let schema = schema_ref(&format!("{}{suffix}", view.base));
    let mut content = json!({"application/json": {"schema": schema}});
    if merge_patch {
        content["application/merge-patch+json"] = json!({"schema": schema});
    }
    Some(json!({"required": true, "content": content}))
}

fn answer(description: &str, schema: Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

fn success(view: &ResourceView<'_>, operation: Operation) -> (u16, Value) {
    let ResourceView { singular, plural, .. } = view;
    let row = || schema_ref(view.base);
    match operation {
        Operation::List | Operation::Search | Operation::SelfList => {
            (200, answer(&format!("A page of {plural}."), schema_ref(&format!("{}Page", view.base))))
        }
        Operation::Count => (200, answer(&format!("How many {plural} there are."), schema_ref("Total"))),
        Operation::Get | Operation::SelfGet => (200, answer(&format!("The {singular}."), row())),
        Operation::Update | Operation::Patch | Operation::SelfUpdate | Operation::SelfPatch => {
            (200, answer(&format!("The {singular} as it is now."), row()))
        }
        Operation::Create | Operation::SelfCreate => {
            let mut created = answer(&format!("The new {singular}."), row());
            created["headers"] = json!({"Location": {
                "description": format!("The path of the new {singular}."),
                "required": true,
                "schema": {"type": "string", "format": "uri-reference"},
            }});
            (201, created)
        }
        Operation::BulkCreate => {
            let rows = json!({"type": "array", "items": row()});
            (201, answer(&format!("The new {plural}, in the order of the request."), rows))
        }
        Operation::Delete | Operation::SelfDelete => (204, json!({"description": "It is gone."})),
    }
}

//! The operations: the fifteen of a resource, as far as it offers them, and the hand-written ones.

use serde_json::{Map, Value, json};

use super::access::{self, Access};
use super::builder::Builder;
use super::input::EndpointEntry;
use super::names::{numbered, schema_ref, split_doc};
use super::surroundings::{Surroundings, any_word};
use super::view::ResourceView;
use super::{conditional, parameters, responses};
use crate::http::path;
use crate::http::status::of_success;
use crate::spec::{Operation, OperationSpec, Requirement};

/// Adds an operation that a resource offers.
pub(super) fn add_offered(builder: &mut Builder<'_>, view: &ResourceView<'_>, offered: &OperationSpec) {
    let OperationSpec { operation, requires } = offered;
    let (summary, text) = explain(view, *operation);
    let id = format!("{}_{}", snake(view.spec.path), operation.name());
    let requires = std::slice::from_ref(requires);
    let mut entry = start(builder, &id, view.spec.tag, summary, text, requires);
    let mut parameters = parameters::of(builder, view, *operation);
    parameters.extend(conditional::parameters(builder, view.spec, *operation));
    if !parameters.is_empty() {
        entry.insert("parameters".to_owned(), json!(parameters));
    }
    if let Some(body) = request_body(view, *operation) {
        entry.insert("requestBody".to_owned(), body);
    }
    let mut answers = Map::new();
    let mut success = success(view, *operation);
    if conditional::has_tag(*operation) {
        conditional::add_tag(builder, &mut success);
    }
    answers.insert(of_success(*operation).as_u16().to_string(), success);
    if conditional::is_read(*operation) {
        conditional::add_not_modified(builder, &mut answers);
    }
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
    let mut parameters: Vec<Value> = in_path.chain(in_query).chain(any).collect();
    let is_tagged = parts.tagged && endpoint.method == "GET";
    if parts.conditional {
        parameters.push(conditional::if_match(builder, false));
    }
    if is_tagged {
        parameters.push(conditional::if_none_match(builder));
    }
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
        Some((status, Value::Null)) => drop(answers.insert(status.to_string(), json!({"description": "Success."}))),
        Some((status, schema)) => {
            let mut success = answer("Success.", schema.clone());
            if is_tagged {
                conditional::add_tag(builder, &mut success);
                conditional::add_not_modified(builder, &mut answers);
            }
            answers.insert(status.to_string(), success);
        }
        // Its type is not known, only that it is not an error.
        None => drop(answers.insert("2XX".to_owned(), json!({"description": "Success."}))),
    }
    let mut statuses = responses::common(&endpoint.requires);
    if !names.is_empty() {
        statuses.push(404);
    }
    if !matches!(endpoint.method, "GET" | "HEAD") {
        statuses.push(409);
    }
    if parts.conditional {
        statuses.extend([412, 428]);
    }
    if parts.body.is_some() {
        statuses.extend([413, 415, 422]);
    }
    responses::refer(builder, statuses, &mut answers);
    entry.insert("responses".to_owned(), Value::Object(answers));
    put(builder, &path, endpoint.method, entry);
}

/// The parts that all operations have.
pub(super) fn start(
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

pub(super) fn put(builder: &mut Builder<'_>, path: &str, method: &str, entry: Map<String, Value>) {
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
        Operation::List => {
            (format!("List {plural}"), "Returns the rows that match all filters and search words, page by page.")
        }
        Operation::Count => (
            format!("Count {plural}"),
            "Returns the number of rows that match. Takes the same filters and search words as the list.",
        ),
        Operation::Search => (
            format!("Search {plural}"),
            "Like the list, with the query in the body. Filters can be combined with `and`, `or` and `not`.",
        ),
        Operation::Get => (format!("Get {one}"), ""),
        Operation::Create => (format!("Create {one}"), ""),
        Operation::BulkCreate => {
            (format!("Create many {plural}"), "All or nothing: if one item is invalid, no row is created.")
        }
        Operation::Update => (
            format!("Replace {one}"),
            "Omitted optional fields become null; omitted fields with a default get their default.",
        ),
        Operation::Patch => (format!("Change {one}"), "Omitted fields keep their values."),
        Operation::Delete => (
            format!("Delete {one}"),
            "Refused while other rows refer to it, unless the relation deletes or detaches them.",
        ),
        Operation::SelfList => (format!("List your own {plural}"), "Returns only rows that belong to the caller."),
        Operation::SelfCreate => (format!("Create {one} of your own"), "The new row belongs to the caller."),
        Operation::SelfGet => (format!("Get {one} of your own"), "A row of another user is answered with 404."),
        Operation::SelfUpdate => (format!("Replace {one} of your own"), "A row of another user is answered with 404."),
        Operation::SelfPatch => (format!("Change {one} of your own"), "A row of another user is answered with 404."),
        Operation::SelfDelete => (format!("Delete {one} of your own"), "A row of another user is answered with 404."),
    };
    let text =
        if operation == Operation::Get { format!("Returns the {singular} with this id.") } else { text.to_owned() };
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

fn success(view: &ResourceView<'_>, operation: Operation) -> Value {
    let ResourceView { singular, plural, .. } = view;
    let row = || schema_ref(view.base);
    match operation {
        Operation::List | Operation::Search | Operation::SelfList => {
            answer(&format!("A page of {plural}."), schema_ref(&format!("{}Page", view.base)))
        }
        Operation::Count => answer(&format!("The number of {plural}."), schema_ref("Total")),
        Operation::Get | Operation::SelfGet => answer(&format!("The {singular}."), row()),
        Operation::Update | Operation::Patch | Operation::SelfUpdate | Operation::SelfPatch => {
            answer(&format!("The {singular} after the change."), row())
        }
        Operation::Create | Operation::SelfCreate => {
            let mut created = answer(&format!("The new {singular}."), row());
            created["headers"] = json!({"Location": {
                "description": format!("The path of the new {singular}."),
                "required": true,
                "schema": {"type": "string", "format": "uri-reference"},
            }});
            created
        }
        Operation::BulkCreate => {
            let rows = json!({"type": "array", "items": row()});
            answer(&format!("The new {plural}, in the order of the request."), rows)
        }
        Operation::Delete | Operation::SelfDelete => json!({"description": "The row was deleted."}),
    }
}

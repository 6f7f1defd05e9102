//! The OpenAPI 3.1 document, made from data alone: the specs of the resources and the list of hand-written endpoints.
//!
//! It is built as JSON rather than through typed builders, because schemas of typed JSON fields are the user's own
//! JSON Schema and must pass through whole.

mod access;
mod fields;
mod filters;
#[cfg(feature = "docs")]
mod guarded;
mod operations;
mod parameters;
#[cfg(feature = "docs")]
mod renamed;
mod responses;
mod schemas;

#[cfg(feature = "docs")]
pub(crate) use guarded::guard_operations;
#[cfg(feature = "docs")]
pub(crate) use renamed::rename_components;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::http::describe::{BY_TABLE, EndpointDoc};
use crate::spec::{EnumSpec, Operation, RelationSpec, Requirement, ResourceSpec, words};

/// What the document is made from.
#[derive(Debug, Clone, Copy)]
pub struct DocumentInput<'a> {
    /// The API's title.
    pub title: &'a str,
    /// The API's version.
    pub version: &'a str,
    /// What the API is about, in Markdown.
    pub description: &'a str,
    /// Where the paths begin, `/` unless something in front of the server takes a part of the path away.
    pub server_path: &'a str,
    /// What stands before the path of each resource, `/api/v1`; parameters of scopes around the API may be in it.
    pub api_prefix: &'a str,
    /// The resources.
    pub resources: &'a [&'static ResourceSpec],
    /// The hand-written endpoints.
    pub endpoints: &'a [EndpointEntry],
    /// Too many requests are answered with 429.
    pub rate_limited: bool,
    /// The default of a field in JSON, where it is the same for each row. `|_, _| None` shows none.
    pub default_of: fn(&'static ResourceSpec, usize) -> Option<Value>,
}

/// A hand-written endpoint.
#[derive(Debug, Clone)]
pub struct EndpointEntry {
    /// The `operationId`; a number is added where another operation has it.
    pub id: String,
    /// The tag that groups it.
    pub tag: String,
    /// The path below the API prefix, `/projects/{id}/activate`.
    pub path: String,
    /// The HTTP method in capitals.
    pub method: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The function's doc comment.
    pub doc: &'static str,
    /// What the caller must hold, all of it. Empty when it is open to everybody.
    pub requires: Vec<Requirement>,
    /// What its signature tells.
    pub doc_parts: EndpointDoc,
}

/// The document.
pub fn document(input: &DocumentInput<'_>) -> Value {
    let mut builder = Builder::new(input);
    let names: Vec<String> = input.resources.iter().map(|spec| builder.reserve(spec)).collect();
    let mut tags = Tags::default();
    for (&spec, base) in input.resources.iter().zip(&names) {
        let view = ResourceView::new(spec, base);
        tags.add(spec.tag, spec.doc);
        schemas::add(&mut builder, &view);
        parameters::add(&mut builder, &view);
        for offered in spec.operations {
            operations::add_offered(&mut builder, &view, offered);
        }
    }
    for endpoint in input.endpoints {
        tags.add(&endpoint.tag, "");
        operations::add_endpoint(&mut builder, endpoint);
    }
    let mut info = Map::new();
    info.insert("title".to_owned(), json!(input.title));
    info.insert("version".to_owned(), json!(input.version));
    if !input.description.trim().is_empty() {
        info.insert("description".to_owned(), json!(input.description.trim()));
    }
    let server = if input.server_path.is_empty() { "/" } else { input.server_path };
    responses::add_used(&mut builder);
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": server}],
        "tags": tags.0,
        "paths": builder.paths,
        "components": {
            "schemas": builder.schemas,
            "parameters": builder.parameters,
            "responses": builder.responses,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the API's issuer. What it must carry stands at each operation as `x-permissions`.",
                },
            },
        },
    })
}

/// The document while it grows.
struct Builder<'a> {
    input: &'a DocumentInput<'a>,
    around: operations::Surroundings,
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
    parameters: Map<String, Value>,
    responses: Map<String, Value>,
    statuses: BTreeSet<u16>,
    operation_ids: BTreeSet<String>,
    reserved: BTreeSet<String>,
    enums: Vec<(&'static EnumSpec, String)>,
    /// What the schemas of each resource begin with.
    bases: Vec<(&'static ResourceSpec, String)>,
}

impl<'a> Builder<'a> {
    fn new(input: &'a DocumentInput<'a>) -> Self {
        Self {
            input,
            around: operations::Surroundings::of(input),
            paths: Map::new(),
            schemas: Map::new(),
            parameters: Map::new(),
            responses: Map::new(),
            statuses: BTreeSet::new(),
            operation_ids: BTreeSet::new(),
            reserved: schemas::SHARED.iter().map(|&name| name.to_owned()).collect(),
            enums: Vec::new(),
            bases: Vec::new(),
        }
    }

    /// Gives a resource the name that its schemas begin with. Two structs of one name live in different modules, which a
    /// document does not know, and what follows the name of one can make the name of another, so the later ones are
    /// numbered.
    fn reserve(&mut self, spec: &'static ResourceSpec) -> String {
        let derived = |base: &str| schemas::SUFFIXES.map(|suffix| format!("{base}{suffix}"));
        let base = numbered(spec.type_name, |base| derived(base).iter().all(|name| !self.reserved.contains(name)));
        self.reserved.extend(derived(&base));
        self.bases.push((spec, base.clone()));
        base
    }

    /// Writes the names of schemas where resources are meant by their tables. One of `resources` that is no part of the
    /// API gets the schemas that are spoken of.
    fn resolve(&mut self, schema: &mut Value, resources: &[&'static ResourceSpec]) {
        match schema {
            Value::Array(items) => items.iter_mut().for_each(|item| self.resolve(item, resources)),
            Value::Object(members) => {
                let text = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix(BY_TABLE));
                match text.and_then(|text| text.rsplit_once('#')) {
                    Some((table, suffix)) => *schema = self.schema_by_table(table, suffix, resources),
                    None => members.values_mut().for_each(|member| self.resolve(member, resources)),
                }
            }
            _ => {}
        }
    }

    fn schema_by_table(&mut self, table: &str, suffix: &str, resources: &[&'static ResourceSpec]) -> Value {
        let known = self.bases.iter().find(|(spec, _)| spec.table == table).cloned();
        let mentioned = || resources.iter().copied().find(|spec| spec.table == table);
        let Some((spec, base)) = known.or_else(|| mentioned().map(|spec| (spec, self.reserve(spec)))) else {
            // Nobody has said what it is.
            return json!({});
        };
        schemas::add_answer(self, &ResourceView::new(spec, &base), suffix);
        schema_ref(&format!("{base}{suffix}"))
    }

    /// The relations whose other end is part of the document, each with what the schemas there begin with.
    fn relations(&self, spec: &'static ResourceSpec) -> Vec<(&'static RelationSpec, String)> {
        let base =
            |table: &str| self.bases.iter().find(|(known, _)| known.table == table).map(|(_, base)| base.clone());
        spec.open_relations().filter_map(|relation| Some((relation, base((relation.target)().table)?))).collect()
    }

    /// Whether a relation leads here from a resource that is searched, whose filters can then speak of this one.
    fn is_searched_through(&self, spec: &ResourceSpec) -> bool {
        let mut searched = self.bases.iter().filter(|(other, _)| other.operation(Operation::Search).is_some());
        searched.any(|(other, _)| other.open_relations().any(|relation| (relation.target)().table == spec.table))
    }

    /// The reference to an enum's schema, which is added when it is met first.
    fn enum_ref(&mut self, spec: &'static EnumSpec) -> Value {
        if let Some((_, name)) =
            self.enums.iter().find(|(known, _)| std::ptr::eq(*known, spec) || same_enum(known, spec))
        {
            return schema_ref(name);
        }
        let name = numbered(spec.name, |name| !self.reserved.contains(name));
        self.reserved.insert(name.clone());
        self.schemas.insert(name.clone(), fields::enum_schema(spec));
        let reference = schema_ref(&name);
        self.enums.push((spec, name));
        reference
    }
}

/// Statics can be duplicated by the compiler, so equal content is the same enum too.
fn same_enum(one: &EnumSpec, other: &EnumSpec) -> bool {
    one.name == other.name && one.variants.iter().map(|v| v.value).eq(other.variants.iter().map(|v| v.value))
}

/// The name itself if it is free, else the first of `Name2`, `Name3` and so on that is.
fn numbered(name: &str, free: impl Fn(&str) -> bool) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !free(&candidate) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    candidate
}

fn schema_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A resource and the words that speak of it.
struct ResourceView<'a> {
    spec: &'static ResourceSpec,
    /// What the names of its schemas begin with.
    base: &'a str,
    /// `time entry`
    singular: String,
    /// `time entries`
    plural: String,
}

impl<'a> ResourceView<'a> {
    fn new(spec: &'static ResourceSpec, base: &'a str) -> Self {
        let last = spec.path.rsplit('/').next().unwrap_or(spec.path);
        Self { spec, base, singular: words(spec.type_name), plural: last.replace(['-', '_'], " ") }
    }

    /// `a project`, `an invoice`
    fn one(&self) -> String {
        let article = if self.singular.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {}", self.singular)
    }
}

/// The first paragraph of a doc comment in one line without its full stop, and the rest.
fn split_doc(doc: &str) -> (String, String) {
    let doc = doc.trim();
    let (first, rest) = doc.split_once("\n\n").unwrap_or((doc, ""));
    let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
    (first.trim_end_matches('.').to_owned(), rest.trim().to_owned())
}

/// The tags in the order in which they are met.
#[derive(Default)]
struct Tags(Vec<Value>);

impl Tags {
    fn add(&mut self, name: &str, doc: &str) {
        if self.0.iter().any(|tag| tag["name"] == name) {
            return;
        }
        let mut tag = json!({"name": name});
        if !doc.trim().is_empty() {
            tag["description"] = json!(doc.trim());
        }
        self.0.push(tag);
    }
}

//! The component schemas of a resource: its requests and its responses.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::fields::{self, Side};
use super::filters;
use super::names::schema_ref;
use super::view::ResourceView;
use crate::query;
use crate::query::limits::{CURSOR, INCLUDED, INCLUDES};
use crate::resource::{BULK_MAX, sample};
use crate::spec::{Operation, RelationSpec, ResourceSpec};

/// Adds the schemas that the resource's operations refer to.
pub(super) fn add(builder: &mut Builder<'_>, view: &ResourceView<'_>) {
    let spec = view.spec;
    let offers = |operations: &[Operation]| operations.iter().any(|&operation| spec.operation(operation).is_some());
    let mut put = |suffix: &str, schema: Value| drop(builder.schemas.insert(format!("{}{suffix}", view.base), schema));
    if offers(&[Operation::List, Operation::Search, Operation::SelfList]) {
        put("Page", page(view));
        put("Sort", filters::sort_schema(spec));
    }
    if offers(&[Operation::BulkCreate]) {
        put("BulkCreate", bulk(view));
    }
    if offers(&[Operation::Search]) {
        put("Search", search(view));
        let filter = filters::filter_schema(builder, view, "Filter");
        builder.schemas.insert(format!("{}Filter", view.base), filter);
    }
    if builder.is_searched_through(spec) {
        let filter = filters::filter_schema(builder, view, filters::RELATED);
        builder.schemas.insert(format!("{}{}", view.base, filters::RELATED), filter);
    }
    let body = output(builder, view);
    builder.schemas.insert(view.base.to_owned(), body);
    let own_create = offers(&[Operation::SelfCreate]);
    if offers(&[Operation::Create, Operation::BulkCreate]) || (own_create && !spec.has_own_creatable()) {
        let body = input(builder, view, Body::Create);
        builder.schemas.insert(format!("{}Create", view.base), body);
    }
    if own_create && spec.has_own_creatable() {
        let body = input(builder, view, Body::CreateOwn);
        builder.schemas.insert(format!("{}CreateOwn", view.base), body);
    }
    if offers(&[Operation::Update, Operation::SelfUpdate]) {
        let body = input(builder, view, Body::Update);
        builder.schemas.insert(format!("{}Update", view.base), body);
    }
    if offers(&[Operation::Patch, Operation::SelfPatch]) {
        let body = input(builder, view, Body::Patch);
        builder.schemas.insert(format!("{}Patch", view.base), body);
    }
    if offers(&[Operation::Count]) {
        builder.schemas.entry("Total").or_insert_with(total);
    }
}

/// Adds the schema of a row or of a page of them, if no operation of the resource has done so.
pub(super) fn add_answer(builder: &mut Builder<'_>, view: &ResourceView<'_>, suffix: &str) {
    let name = format!("{}{suffix}", view.base);
    if !builder.schemas.contains_key(view.base) {
        let body = output(builder, view);
        builder.schemas.insert(view.base.to_owned(), body);
    }
    if suffix == "Page" && !builder.schemas.contains_key(&name) {
        builder.schemas.insert(name, page(view));
    }
}

/// A row in responses.
fn output(builder: &mut Builder<'_>, view: &ResourceView<'_>) -> Value {
    let spec = view.spec;
    let readable: Vec<usize> = spec.readable().map(|field| field.index).collect();
    let mut properties = Map::new();
    for &index in &readable {
        let mut schema = fields::schema(builder, &spec.fields[index], Side::Output);
        if !spec.is_creatable(index) && !spec.is_updatable(index) {
            schema["readOnly"] = json!(true);
        }
        properties.insert(spec.fields[index].json.to_owned(), schema);
    }
    for computed in spec.computed {
        properties.insert(computed.json.to_owned(), fields::computed(builder, computed));
    }
    for (relation, base) in builder.relations(spec) {
        properties.insert(relation.json.to_owned(), related(relation, &base));
    }
    // Every caller of the operation gets these, unless they select `fields`.
    let always = readable.iter().filter(|&&index| spec.fields[index].read.is_none());
    let always = always.map(|&index| spec.fields[index].json);
    let computed = spec.computed.iter().filter(|computed| computed.read.is_none());
    let required: Vec<&str> = always.chain(computed.map(|computed| computed.json)).collect();
    let mut schema = json!({"type": "object", "properties": properties, "required": required});
    if !spec.doc.trim().is_empty() {
        schema["description"] = json!(spec.doc.trim());
    }
    with_example(schema, row(view))
}

/// What `include` adds to a row.
fn related(relation: &RelationSpec, base: &str) -> Value {
    let row = schema_ref(base);
    if !relation.kind.is_to_many() {
        return json!({
            "anyOf": [row, {"type": "null"}],
            "readOnly": true,
            "description": format!("Present with `include={}`.", relation.json),
        });
    }
    json!({
        "type": "object",
        "readOnly": true,
        "description": format!("Present with `include={}`: the first {INCLUDED} related rows.", relation.json),
        "properties": {
            "items": {"type": "array", "items": row, "maxItems": INCLUDED},
            "more": {"type": "boolean", "description": "Whether there are more related rows."},
        },
        "required": ["items", "more"],
    })
}

fn row(view: &ResourceView<'_>) -> Option<Value> {
    sample::object(view.spec, view.spec.readable().map(|field| (field.index, true)))
}

fn with_example(mut schema: Value, example: Option<Value>) -> Value {
    if let Some(example) = example {
        schema["examples"] = json!([example]);
    }
    schema
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Create,
    /// Where the id is the owner: the server sets it to the caller.
    CreateOwn,
    Update,
    Patch,
}

impl Body {
    fn takes(self, spec: &ResourceSpec, index: usize) -> bool {
        match self {
            Self::Create => spec.is_creatable(index),
            Self::CreateOwn => spec.is_own_creatable(index),
            Self::Update | Self::Patch => spec.is_updatable(index),
        }
    }
}

fn input(builder: &mut Builder<'_>, view: &ResourceView<'_>, body: Body) -> Value {
    let spec = view.spec;
    let taken: Vec<usize> =
        spec.all_fields().map(|field| field.index).filter(|&index| body.takes(spec, index)).collect();
    let needed = |index: usize| body != Body::Patch && spec.is_required(index);
    let mut properties = Map::new();
    for &index in &taken {
        let mut schema = fields::schema(builder, &spec.fields[index], Side::Input);
        if body != Body::Patch
            && let Some(default) = fields::default_of(builder, spec, index)
        {
            schema["default"] = default;
        }
        if !spec.is_readable(index) {
            schema["writeOnly"] = json!(true);
        }
        properties.insert(spec.fields[index].json.to_owned(), schema);
    }
    let required: Vec<&str> =
        taken.iter().filter(|&&index| needed(index)).map(|&index| spec.fields[index].json).collect();
    let text = match body {
        Body::Create | Body::CreateOwn => format!("The values of a new {}.", view.singular),
        Body::Update => format!("The new values of {}. Omitted fields become null or get their default.", view.one()),
        Body::Patch => format!("The changes of {}. Omitted fields keep their values (RFC 7396).", view.one()),
    };
    let mut schema = json!({
        "type": "object",
        "description": text,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    // A patch mostly changes one field.
    let shown = if body == Body::Patch { 1 } else { taken.len() };
    let indexes = taken.iter().take(shown).map(|&index| (index, needed(index)));
    with_example(schema, sample::object(spec, indexes))
}

fn bulk(view: &ResourceView<'_>) -> Value {
    let spec = view.spec;
    let taken = spec.creatable().map(|field| field.index);
    let example = sample::object(spec, taken.map(|index| (index, spec.is_required(index))));
    let schema = json!({
        "type": "array",
        "items": schema_ref(&format!("{}Create", view.base)),
        "minItems": 1,
        "maxItems": BULK_MAX,
    });
    with_example(schema, example.map(|example| json!([example])))
}

fn page(view: &ResourceView<'_>) -> Value {
    let count = |doc: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "description": doc});
    let schema = json!({
        "type": "object",
        "description": format!("A page of {}.", view.plural),
        "properties": {
            "items": {"type": "array", "items": schema_ref(view.base), "maxItems": view.spec.page.max},
            "total": count("The number of rows on all pages; omitted with `count=none`."),
            "page": {"type": "integer", "format": "int64", "minimum": 1, "description": "The number of this page; omitted for pages by cursor."},
            "size": {"type": "integer", "format": "int32", "minimum": 1, "maximum": view.spec.page.max, "description": "The maximum number of rows on a page."},
            "pages": count("The number of pages; omitted with `count=none`."),
            "next": {"type": ["string", "null"], "description": "The cursor of the next page, for `after`; null on the last page."},
        },
        "required": ["items", "size", "next"],
    });
    let example = row(view).map(
        |row| json!({"items": [row], "total": 1, "page": 1, "size": view.spec.page.default, "pages": 1, "next": null}),
    );
    with_example(schema, example)
}

fn search(view: &ResourceView<'_>) -> Value {
    let spec = view.spec;
    let mut properties = json!({
        "filter": schema_ref(&format!("{}Filter", view.base)),
        "sort": schema_ref(&format!("{}Sort", view.base)),
        "page": page_number(spec),
        "size": page_size(spec),
        "count": count_mode(),
        "after": cursor(),
        "fields": {"type": "array", "items": {"type": "string", "enum": selectable(spec)}, "minItems": 1, "uniqueItems": true},
    });
    if !includable(spec).is_empty() {
        let names = json!({"type": "string", "enum": includable(spec)});
        properties["include"] =
            json!({"type": "array", "items": names, "minItems": 1, "maxItems": INCLUDES, "uniqueItems": true});
    }
    if filters::is_searchable(spec) {
        properties["q"] = filters::words_schema();
    }
    let id = spec.id_field().json;
    let example = sample::of_field(spec, spec.id).map(|value| {
        json!({"filter": {id: {"in": [value]}}, "sort": [format!("-{id}")], "page": 1, "size": spec.page.default, "count": "exact"})
    });
    let schema = json!({
        "type": "object",
        "description": format!("Which {} to find, and in which order. All members are optional.", view.plural),
        "properties": properties,
        "additionalProperties": false,
    });
    with_example(schema, example)
}

/// The number of a page, up to the largest whose offset does not overflow.
pub(super) fn page_number(spec: &ResourceSpec) -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": query::last_page(spec), "default": 1})
}

/// The number of rows on a page.
pub(super) fn page_size(spec: &ResourceSpec) -> Value {
    json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": spec.page.max, "default": spec.page.default})
}

/// How to count.
pub(super) fn count_mode() -> Value {
    json!({"type": "string", "enum": ["exact", "estimated", "none"], "default": "exact"})
}

/// A cursor.
pub(super) fn cursor() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": CURSOR, "pattern": "^[A-Za-z0-9_-]+$"})
}

/// The values of `fields`.
pub(super) fn selectable(spec: &'static ResourceSpec) -> Vec<&'static str> {
    let fields = spec.readable().map(|field| field.field.json);
    fields.chain(spec.computed.iter().map(|computed| computed.json)).collect()
}

/// The values of `include`: relations, and relations of those.
pub(super) fn includable(spec: &'static ResourceSpec) -> Vec<String> {
    let mut paths = Vec::new();
    for relation in spec.open_relations() {
        paths.push(relation.json.to_owned());
        let further = (relation.target)().open_relations();
        paths.extend(further.map(|next| format!("{}.{}", relation.json, next.json)));
    }
    paths
}

fn total() -> Value {
    json!({
        "type": "object",
        "description": "The number of rows.",
        "properties": {"total": {"type": "integer", "format": "int64", "minimum": 0}},
        "required": ["total"],
        "examples": [{"total": 42}],
    })
}

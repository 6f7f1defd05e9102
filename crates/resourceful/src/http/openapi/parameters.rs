//! The parameters of a resource's operations. Each is one component, which the operations refer to.

use serde_json::{Value, json};

use super::builder::Builder;
use super::names::schema_ref;
use super::view::ResourceView;
use super::{fields, filters, schemas};
use crate::query::limits::INCLUDES;
use crate::resource::sample;
use crate::spec::{Operation, Target};

/// Adds the parameters that the resource's operations use.
pub(super) fn add(builder: &mut Builder<'_>, view: &ResourceView<'_>) {
    let spec = view.spec;
    let is_offered = |wanted: fn(Operation) -> bool| spec.operations.iter().any(|offered| wanted(offered.operation));
    if is_offered(|operation| operation.target() == Target::Item) {
        let mut parameter = json!({
            "name": "id",
            "in": "path",
            "required": true,
            "description": format!("The id of the {}.", view.singular),
            "schema": fields::path_id(builder, spec.id_field()),
        });
        if let Some(example) = sample::of_field(spec, spec.id) {
            parameter["example"] = example;
        }
        builder.parameters.insert(key(view, "id"), parameter);
    }
    if is_offered(is_paged) {
        builder
            .parameters
            .insert(key(view, "page"), query("page", "The number of the page, from 1.", schemas::page_number(spec)));
        builder.parameters.insert(
            key(view, "size"),
            query("size", "The maximum number of rows on a page.", schemas::page_size(spec)),
        );
        builder.parameters.insert(key(view, "sort"), sort(view));
        let text = "The cursor of a page: `next` of the previous page of the same list. Replaces `page`.";
        builder.parameters.entry("after").or_insert_with(|| query("after", text, schemas::cursor()));
        let text = "How to count the rows of all pages. `none` omits `total` and `pages` and is faster; `estimated` is exact for few rows and an estimate of the database for many.";
        builder.parameters.entry("count").or_insert_with(|| query("count", text, schemas::count_mode()));
    }
    if is_offered(shows_rows) {
        builder.parameters.insert(key(view, "fields"), fields_parameter(view));
        if !schemas::includable(view.spec).is_empty() {
            builder.parameters.insert(key(view, "include"), include_parameter(view));
        }
    }
    if is_offered(takes_filters) {
        add_related_filters(builder, view);
        if filters::is_searchable(spec) {
            builder.parameters.insert(key(view, "q"), words(view));
        }
        for (_, field) in filters::filterable(spec) {
            for operator in filters::operators(&field.ty.kind) {
                let schema = operator.query_schema(builder, field);
                let parameter = if operator.name == "eq" {
                    let text = format!("Only rows whose `{0}` {1}. Same as `{0}[eq]`.", field.json, operator.keeps);
                    query(field.json, &text, schema)
                } else {
                    let text = format!("Only rows whose `{}` {}.", field.json, operator.keeps);
                    query(&format!("{}[{}]", field.json, operator.name), &text, schema)
                };
                let parameter = if operator.is_list() { comma_separated(parameter) } else { parameter };
                builder.parameters.insert(filter_key(view, field.json, operator.name), parameter);
            }
        }
    }
}

fn is_paged(operation: Operation) -> bool {
    matches!(operation, Operation::List | Operation::SelfList)
}

fn takes_filters(operation: Operation) -> bool {
    is_paged(operation) || operation == Operation::Count
}

/// A reference to the parameter with the id of a row.
pub(super) fn id(view: &ResourceView<'_>) -> Value {
    json!({"$ref": format!("#/components/parameters/{}", key(view, "id"))})
}

/// References to the parameters of an operation.
pub(super) fn of(builder: &Builder<'_>, view: &ResourceView<'_>, operation: Operation) -> Vec<Value> {
    let spec = view.spec;
    let mut keys = Vec::new();
    if operation.target() == Target::Item {
        keys.push(key(view, "id"));
    }
    if is_paged(operation) {
        keys.extend([key(view, "page"), "after".to_owned(), key(view, "size"), key(view, "sort"), "count".to_owned()]);
    }
    if shows_rows(operation) {
        keys.push(key(view, "fields"));
        if !schemas::includable(spec).is_empty() {
            keys.push(key(view, "include"));
        }
    }
    if takes_filters(operation) {
        if filters::is_searchable(spec) {
            keys.push(key(view, "q"));
        }
        for (_, field) in filters::filterable(spec) {
            keys.extend(filters::operators(&field.ty.kind).map(|operator| filter_key(view, field.json, operator.name)));
        }
        for (relation, _) in builder.relations(spec) {
            for (_, field) in filters::filterable((relation.target)()) {
                let name = format!("{}.{}", relation.json, field.json);
                keys.extend(filters::operators(&field.ty.kind).map(|op| filter_key(view, &name, op.name)));
            }
        }
    }
    keys.into_iter().map(|key| json!({"$ref": format!("#/components/parameters/{key}")})).collect()
}

fn shows_rows(operation: Operation) -> bool {
    is_paged(operation) || matches!(operation, Operation::Get | Operation::SelfGet)
}

fn fields_parameter(view: &ResourceView<'_>) -> Value {
    let names = schemas::selectable(view.spec);
    let schema =
        json!({"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "uniqueItems": true});
    comma_separated(query("fields", "Return only these fields, and omit all others, including required ones.", schema))
}

fn include_parameter(view: &ResourceView<'_>) -> Value {
    let names = schemas::includable(view.spec);
    let schema = json!({"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1, "maxItems": INCLUDES, "uniqueItems": true});
    let text = "The relations to return with each row; a dot follows a relation of the related rows. Each requires the permission to read the related resource.";
    comma_separated(query("include", text, schema))
}

/// Filters on the fields of related resources, one relation away; the server follows a second relation too.
fn add_related_filters(builder: &mut Builder<'_>, view: &ResourceView<'_>) {
    for (relation, _) in builder.relations(view.spec) {
        let target = (relation.target)();
        let whose = if relation.kind.is_to_many() { "one of whose" } else { "whose" };
        for (_, field) in filters::filterable(target) {
            for operator in filters::operators(&field.ty.kind) {
                let schema = operator.query_schema(builder, field);
                let name = format!("{}.{}", relation.json, field.json);
                let (relation, json, keeps) = (relation.json, field.json, operator.keeps);
                let text = format!("Only rows {whose} `{relation}` has a `{json}` that {keeps}.");
                let sent = if operator.name == "eq" { name.clone() } else { format!("{name}[{}]", operator.name) };
                let parameter = query(&sent, &text, schema);
                let parameter = if operator.is_list() { comma_separated(parameter) } else { parameter };
                builder.parameters.insert(filter_key(view, &name, operator.name), parameter);
            }
        }
    }
}

fn key(view: &ResourceView<'_>, name: &str) -> String {
    format!("{}.{name}", view.base)
}

/// Three parts, so that a field named `page` collides with nothing.
fn filter_key(view: &ResourceView<'_>, field: &str, operator: &str) -> String {
    format!("{}.{field}.{operator}", view.base)
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn comma_separated(mut parameter: Value) -> Value {
    parameter["style"] = json!("form");
    parameter["explode"] = json!(false);
    parameter
}

fn sort(view: &ResourceView<'_>) -> Value {
    let spec = view.spec;
    let names: Vec<String> = filters::sortable(spec).map(|(_, field)| format!("`{}`", field.json)).collect();
    let mut text = format!(
        "The sort order: one or more of {}, separated by commas. `-` in front means descending order. Null sorts as larger than any value.",
        names.join(", ")
    );
    let usual: Vec<String> = spec
        .sort
        .iter()
        .filter_map(|key| Some(format!("{}{}", if key.descending { "-" } else { "" }, spec.field(key.field)?.1.json)))
        .collect();
    if !usual.is_empty() {
        text.push_str(&format!(" Default: `{}`.", usual.join(",")));
    }
    let mut schema = schema_ref(&format!("{}Sort", view.base));
    schema["minItems"] = json!(1);
    comma_separated(query("sort", &text, schema))
}

fn words(view: &ResourceView<'_>) -> Value {
    let spec = view.spec;
    let names: Vec<String> = filters::searchable(spec).map(|field| format!("`{}`", field.json)).collect();
    let text = format!("Search words. Each must occur in at least one of {}; case is ignored.", names.join(", "));
    query("q", &text, filters::words_schema())
}

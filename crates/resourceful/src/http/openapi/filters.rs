//! Which filters a resource offers: in query strings and in the body of a search.

use serde_json::{Map, Value, json};

use super::{Builder, ResourceView, examples, fields, schema_ref};
use crate::spec::{FieldSpec, Kind, ResourceSpec};

/// The most values of an `in` list.
const LIST: usize = 1_000;
/// The most filters of a query, and so of a group.
const FILTERS: usize = 50;
/// The most characters of `q` and of what `contains` and its kin look for.
const NEEDLE: usize = 200;
/// The most words of `q`.
const WORDS: usize = 10;
/// The most sort keys.
const SORT: usize = 8;

/// A comparison, as callers write it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// `icontains`
    pub(super) name: &'static str,
    /// What it keeps, read on from the field's name.
    pub(super) keeps: &'static str,
    /// What it compares with.
    operand: Operand,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    Value,
    /// Text to look for, which must be some.
    Needle,
    List,
    Flag,
}

const fn operator(name: &'static str, keeps: &'static str, operand: Operand) -> Operator {
    Operator { name, keeps, operand }
}

const ANY: [Operator; 5] = [
    operator("eq", "is this value", Operand::Value),
    operator("ne", "is another value or null", Operand::Value),
    operator("in", "is one of these values", Operand::List),
    operator("nin", "is none of these values, or null", Operand::List),
    operator("isNull", "is null, or is not", Operand::Flag),
];
const ORDERED: [Operator; 4] = [
    operator("gt", "is more than this", Operand::Value),
    operator("gte", "is this or more", Operand::Value),
    operator("lt", "is less than this", Operand::Value),
    operator("lte", "is this or less", Operand::Value),
];
const TEXT: [Operator; 4] = [
    operator("contains", "contains this text", Operand::Needle),
    operator("icontains", "contains this text, whatever the case", Operand::Needle),
    operator("startsWith", "starts with this text", Operand::Needle),
    operator("endsWith", "ends with this text", Operand::Needle),
];

/// The operators that a field knows.
pub(super) fn operators(kind: &Kind) -> impl Iterator<Item = Operator> {
    let ordered = if kind.is_ordered() { &ORDERED[..] } else { &[] };
    let text = if kind.is_text() { &TEXT[..] } else { &[] };
    ANY.iter().chain(ordered).chain(text).copied()
}

/// The fields that callers may filter by; the id always is one.
pub(super) fn filterable(spec: &'static ResourceSpec) -> impl Iterator<Item = (usize, &'static FieldSpec)> {
    fields_where(spec, |field| field.filter)
}

/// The fields that callers may sort by; the id always is one.
pub(super) fn sortable(spec: &'static ResourceSpec) -> impl Iterator<Item = (usize, &'static FieldSpec)> {
    fields_where(spec, |field| field.sort)
}

fn fields_where(
    spec: &'static ResourceSpec,
    opted: fn(&FieldSpec) -> bool,
) -> impl Iterator<Item = (usize, &'static FieldSpec)> {
    let fields = spec.fields.iter().enumerate();
    fields.filter(move |&(index, field)| {
        (opted(field) || index == spec.id) && spec.is_readable(index) && field.ty.kind.is_comparable()
    })
}

/// Whether `q` has a field to look into.
pub(super) fn is_searchable(spec: &ResourceSpec) -> bool {
    searchable(spec).next().is_some()
}

/// The fields that `q` looks into.
pub(super) fn searchable(spec: &ResourceSpec) -> impl Iterator<Item = &'static FieldSpec> {
    let fields = spec.fields.iter().enumerate();
    fields
        .filter(|&(index, field)| field.search && field.ty.kind.is_text() && spec.is_readable(index))
        .map(|(_, field)| field)
}

/// The words of `q`.
pub(super) fn words_schema() -> Value {
    let others = WORDS - 1;
    let pattern = format!("^\\s*[^\\s\\u0000]+(\\s+[^\\s\\u0000]+){{0,{others}}}\\s*$");
    json!({"type": "string", "minLength": 1, "maxLength": NEEDLE, "pattern": pattern})
}

impl Operator {
    /// What stands behind the operator in a query string.
    pub(super) fn query_schema(self, builder: &mut Builder<'_>, field: &'static FieldSpec) -> Value {
        let mut value = fields::operand(builder, field);
        if self.is_list() && matches!(field.ty.kind, Kind::String) {
            // A comma ends a value of the list, and nobody can tell an empty one from a comma too many.
            value["pattern"] = json!("^[^\\u0000,]+$");
        }
        let mut schema = self.schema(value);
        if self.is_list() {
            schema["minItems"] = json!(1);
        }
        schema
    }

    /// Whether it takes a list.
    pub(super) fn is_list(self) -> bool {
        self.operand == Operand::List
    }

    fn schema(self, mut value: Value) -> Value {
        match self.operand {
            Operand::Value => value,
            Operand::Needle => {
                value["minLength"] = json!(1);
                value["maxLength"] = json!(NEEDLE);
                value
            }
            Operand::List => json!({"type": "array", "items": value, "maxItems": LIST}),
            Operand::Flag => json!({"type": "boolean"}),
        }
    }

    /// In a body, null can be compared with, too.
    fn body_schema(self, value: &Value) -> Value {
        match self.name {
            "eq" | "ne" => json!({"anyOf": [value, {"type": "null"}]}),
            _ => self.schema(value.clone()),
        }
    }
}

/// The schema of a search's filter.
pub(super) fn filter_schema(builder: &mut Builder<'_>, view: &ResourceView<'_>) -> Value {
    let mut properties = Map::new();
    for (_, field) in filterable(view.spec) {
        let value = fields::operand(builder, field);
        let tests: Map<String, Value> = operators(&field.ty.kind)
            .map(|operator| (operator.name.to_owned(), operator.body_schema(&value)))
            .collect();
        let tests = json!({"type": "object", "properties": tests, "additionalProperties": false, "minProperties": 1});
        properties.insert(field.json.to_owned(), json!({"anyOf": [value, {"type": "null"}, tests]}));
    }
    // Only the outermost may be empty.
    let mut group = schema_ref(&format!("{}Filter", view.base));
    group["minProperties"] = json!(1);
    let groups = json!({"type": "array", "items": group, "minItems": 1, "maxItems": FILTERS});
    properties.insert("and".to_owned(), groups.clone());
    properties.insert("or".to_owned(), groups);
    properties.insert("not".to_owned(), group);
    let mut schema = json!({
        "type": "object",
        "description": "All of its members must hold. A bare value stands for `eq`. Groups stand in groups four levels deep at most.",
        "properties": properties,
        "additionalProperties": false,
    });
    if let Some(id) = examples::of_field(view, view.spec.id) {
        let name = view.spec.id_field().json;
        schema["examples"] = json!([{name: {"in": [id]}}]);
    }
    schema
}

/// The schema of an order: keys, `-` before those whose largest value comes first.
pub(super) fn sort_schema(spec: &'static ResourceSpec) -> Value {
    let names: Vec<&str> = sortable(spec).map(|(_, field)| field.json).collect();
    let keys: Vec<String> = names.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
    // A key may be named once, in one direction.
    let twice: Vec<Value> = names
        .iter()
        .map(|name| json!({"allOf": [{"contains": {"const": name}}, {"contains": {"const": format!("-{name}")}}]}))
        .collect();
    json!({
        "type": "array",
        "items": {"type": "string", "enum": keys},
        "maxItems": names.len().min(SORT),
        "uniqueItems": true,
        "not": {"anyOf": twice},
    })
}

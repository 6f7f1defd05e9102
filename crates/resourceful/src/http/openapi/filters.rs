//! Which filters a resource offers: in query strings and in the body of a search.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::fields;
use super::names::schema_ref;
use super::view::ResourceView;
use crate::query::limits::{FILTERS, LIST, NEEDLE, SORT, WORDS};
use crate::query::{self, Op};
use crate::resource::sample;
use crate::spec::{FieldSpec, Kind, ResourceSpec};

/// A comparison, as callers write it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// `icontains`
    pub(super) name: &'static str,
    /// What it matches, as a continuation of the field's name.
    pub(super) keeps: &'static str,
    /// What it compares with.
    operand: Operand,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    Value,
    /// Text to look for, not empty.
    Needle,
    List,
    Flag,
}

/// The operators that a field knows.
pub(super) fn operators(kind: &Kind) -> impl Iterator<Item = Operator> {
    query::operators(kind).iter().map(|&op| {
        let (keeps, operand) = match op {
            Op::Eq => ("equals this value", Operand::Value),
            Op::Ne => ("differs from this value, or is null", Operand::Value),
            Op::In => ("is one of these values", Operand::List),
            Op::NotIn => ("is not one of these values, or is null", Operand::List),
            Op::IsNull => ("is null (`true`) or is not null (`false`)", Operand::Flag),
            Op::Gt => ("is greater than this value", Operand::Value),
            Op::Gte => ("is greater than or equal to this value", Operand::Value),
            Op::Lt => ("is less than this value", Operand::Value),
            Op::Lte => ("is less than or equal to this value", Operand::Value),
            Op::Contains => ("contains this text", Operand::Needle),
            Op::IContains => ("contains this text, ignoring case", Operand::Needle),
            Op::StartsWith => ("starts with this text", Operand::Needle),
            Op::EndsWith => ("ends with this text", Operand::Needle),
        };
        Operator { name: op.word(), keeps, operand }
    })
}

/// The fields that callers may filter by; the id is always one.
pub(super) fn filterable(spec: &'static ResourceSpec) -> impl Iterator<Item = (usize, &'static FieldSpec)> {
    spec.filterable().map(|field| (field.index, field.field))
}

/// The fields that callers may sort by; the id is always one.
pub(super) fn sortable(spec: &'static ResourceSpec) -> impl Iterator<Item = (usize, &'static FieldSpec)> {
    spec.sortable().map(|field| (field.index, field.field))
}

/// The fields that `q` searches.
pub(super) fn searchable(spec: &'static ResourceSpec) -> impl Iterator<Item = &'static FieldSpec> {
    spec.searchable().map(|field| field.field)
}

/// Whether `q` has a field to search.
pub(super) fn is_searchable(spec: &'static ResourceSpec) -> bool {
    searchable(spec).next().is_some()
}

/// The words of `q`.
pub(super) fn words_schema() -> Value {
    let others = WORDS - 1;
    let pattern = format!("^\\s*[^\\s\\u0000]+(\\s+[^\\s\\u0000]+){{0,{others}}}\\s*$");
    json!({"type": "string", "minLength": 1, "maxLength": NEEDLE, "pattern": pattern})
}

impl Operator {
    /// The value of the operator in a query string.
    pub(super) fn query_schema(self, builder: &mut Builder<'_>, field: &'static FieldSpec) -> Value {
        let mut value = fields::operand(builder, field);
        if self.is_list() && matches!(field.ty.kind, Kind::String) {
            // A comma ends a value of the list, and an empty value would look like a surplus comma.
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

    /// In a body, values can be compared with null, too.
    fn body_schema(self, value: &Value) -> Value {
        match self.name {
            "eq" | "ne" => json!({"anyOf": [value, {"type": "null"}]}),
            _ => self.schema(value.clone()),
        }
    }
}

/// The suffix of the filter schema that is used within the filter of another resource. It contains no further relations,
/// though one more is followed: schemas that refer to one another in circles are hard to use.
pub(super) const RELATED: &str = "RelatedFilter";

/// The schema of a search's filter.
pub(super) fn filter_schema(builder: &mut Builder<'_>, view: &ResourceView<'_>, suffix: &str) -> Value {
    let mut properties = Map::new();
    for (_, field) in filterable(view.spec) {
        let value = fields::operand(builder, field);
        let tests: Map<String, Value> = operators(&field.ty.kind)
            .map(|operator| (operator.name.to_owned(), operator.body_schema(&value)))
            .collect();
        let tests = json!({"type": "object", "properties": tests, "additionalProperties": false, "minProperties": 1});
        properties.insert(field.json.to_owned(), json!({"anyOf": [value, {"type": "null"}, tests]}));
    }
    let relations = if suffix == RELATED { Vec::new() } else { builder.relations(view.spec) };
    for (relation, base) in relations {
        let mut filter = schema_ref(&format!("{base}{RELATED}"));
        filter["minProperties"] = json!(1);
        let which = if relation.kind.is_to_many() { "At least one related row" } else { "The related row" };
        filter["description"] = json!(format!("{which} of `{}` must match this filter.", relation.json));
        properties.insert(relation.json.to_owned(), filter);
    }
    // Only the outermost filter may be empty.
    let mut group = schema_ref(&format!("{}{suffix}", view.base));
    group["minProperties"] = json!(1);
    let groups = json!({"type": "array", "items": group, "minItems": 1, "maxItems": FILTERS});
    properties.insert("and".to_owned(), groups.clone());
    properties.insert("or".to_owned(), groups);
    properties.insert("not".to_owned(), group);
    let mut schema = json!({
        "type": "object",
        "description": "A row must match all members. A plain value means `eq`. Groups can be nested up to four levels deep.",
        "properties": properties,
        "additionalProperties": false,
    });
    if let Some(id) = sample::of_field(view.spec, view.spec.id) {
        let name = view.spec.id_field().json;
        schema["examples"] = json!([{name: {"in": [id]}}]);
    }
    schema
}

/// The schema of a sort order: keys, with `-` in front for descending order.
pub(super) fn sort_schema(spec: &'static ResourceSpec) -> Value {
    let names: Vec<&str> = sortable(spec).map(|(_, field)| field.json).collect();
    let keys: Vec<String> = names.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
    // A key may appear once, in one direction.
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

//! Plausible example values. Each is checked by the rules of its field; a field for which no guess passes has no example.

use serde_json::{Map, Value, json};

use super::literal::number_or_text;
use super::pattern;
use crate::resource::check::broken_rules;
use crate::resource::value::json_to_value;
use crate::spec::{FieldRole, FieldSpec, Kind, ResourceSpec, Rule, words};

const EMAIL: &str = "ada@example.com";
const USER: &str = "auth0|ada";

/// An example value of the field, always the same.
pub(crate) fn of_field(spec: &'static ResourceSpec, index: usize) -> Option<Value> {
    let field = &spec.fields[index];
    let value = guesses(spec, index).into_iter().find(|guess| is_valid(field, guess));
    value.or_else(|| field.ty.nullable.then_some(Value::Null))
}

/// An example object of the fields at these indexes; `None` when a required one has no example.
pub(crate) fn object(spec: &'static ResourceSpec, indexes: impl Iterator<Item = (usize, bool)>) -> Option<Value> {
    let mut object = Map::new();
    for (index, needed) in indexes {
        match of_field(spec, index) {
            Some(value) => drop(object.insert(spec.fields[index].json.to_owned(), value)),
            None if needed => return None,
            None => {}
        }
    }
    Some(Value::Object(object))
}

/// Whether the value has the field's type and passes its rules; `check` functions are not run.
pub(crate) fn is_valid(field: &FieldSpec, value: &Value) -> bool {
    if value.is_null() && !matches!(field.ty.kind, Kind::Json(_)) {
        return field.ty.nullable;
    }
    json_to_value(&field.ty.kind, value.clone()).is_ok_and(|value| broken_rules(field, &value).next().is_none())
}

pub(super) fn guesses(spec: &'static ResourceSpec, index: usize) -> Vec<Value> {
    let field = &spec.fields[index];
    let listed = field.rules.iter().find_map(|rule| match rule {
        Rule::OneOf(values) => Some(values.iter().filter_map(|text| number_or_text(field, text)).collect()),
        _ => None,
    });
    if let Some(listed) = listed {
        return listed;
    }
    match field.ty.kind {
        Kind::I16 | Kind::I32 | Kind::I64 if field.role == FieldRole::Id => vec![json!(1)],
        Kind::I16 | Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 => numbers(field),
        Kind::Decimal => decimals(field),
        Kind::String => texts(spec, index),
        Kind::Bool => vec![json!(true)],
        Kind::Uuid if field.role == FieldRole::Id => vec![json!("0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60")],
        Kind::Uuid => vec![json!("0190a2d4-8c2f-7d4b-8a11-5e6f70819203")],
        Kind::Date => vec![json!("2026-01-31")],
        Kind::Time => vec![json!("13:45:00")],
        Kind::DateTime => vec![json!("2026-01-31T13:45:00")],
        Kind::Timestamp if field.role == FieldRole::UpdatedAt => vec![json!("2026-02-03T08:15:30Z")],
        Kind::Timestamp => vec![json!("2026-01-31T13:45:00Z")],
        Kind::Json(spec) => of_shape(&(spec.shape)(), 0).into_iter().collect(),
        Kind::Bytes => (0..=64).map(bytes).collect(),
        Kind::Enum(spec) => spec.variants.iter().map(|variant| json!(variant.value)).collect(),
        // No body has one.
        Kind::File => Vec::new(),
    }
}

/// The bounds of the field's range, which are valid values themselves.
pub(super) fn bounds(field: &FieldSpec) -> impl Iterator<Item = &'static str> {
    field
        .rules
        .iter()
        .flat_map(|rule| match *rule {
            Rule::Range { min, max, .. } => [min, max],
            _ => [None, None],
        })
        .flatten()
}

fn numbers(field: &FieldSpec) -> Vec<Value> {
    let whole = !matches!(field.ty.kind, Kind::F32 | Kind::F64);
    let usual = if whole {
        vec![json!(3), json!(42), json!(1), json!(0)]
    } else {
        vec![json!(2.5), json!(0.5), json!(42.5), json!(0.0)]
    };
    let near =
        bounds(field).filter_map(|text| text.parse::<f64>().ok()).flat_map(|bound| [bound, bound - 1.0, bound / 2.0]);
    let near = near.map(|number| if whole { json!(number as i64) } else { json!(number) });
    let exact = bounds(field).filter_map(|text| number_or_text(field, text));
    usual.into_iter().chain(near).chain(exact).collect()
}

fn decimals(field: &FieldSpec) -> Vec<Value> {
    let half =
        |text: &str| Some((text.parse::<rust_decimal::Decimal>().ok()? / rust_decimal::Decimal::TWO).to_string());
    let usual = ["12.50", "0.50", "125.00", "0"].into_iter().map(str::to_owned);
    usual.chain(bounds(field).map(str::to_owned)).chain(bounds(field).filter_map(half)).map(Value::from).collect()
}

fn bytes(length: usize) -> Value {
    use base64::Engine as _;
    let bytes: Vec<u8> = b"resourceful".iter().copied().cycle().take(length.wrapping_add(5) % 65).collect();
    json!(base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn texts(spec: &'static ResourceSpec, index: usize) -> Vec<Value> {
    let field = &spec.fields[index];
    let (mut min, mut max) = (0, if field.role == FieldRole::Id { 255 } else { 1000 });
    let mut guesses = Vec::new();
    for rule in field.rules {
        match *rule {
            Rule::Length { min: low, max: high } => {
                min = min.max(low.unwrap_or(0));
                max = max.min(high.unwrap_or(usize::MAX)).max(min);
            }
            Rule::Email => guesses.extend([EMAIL, "a@b.co", "a@b"].map(str::to_owned)),
            Rule::Url => guesses.extend(["https://example.com/a", "https://a.co", "http://a"].map(str::to_owned)),
            Rule::Pattern(text) => guesses.extend((0..64).filter_map(|extra| pattern::sample(text, extra))),
            Rule::Range { .. } | Rule::OneOf(_) => {}
        }
    }
    // The name of the field says more about its meaning than a pattern, so it goes first.
    guesses.insert(0, named(spec, index));
    guesses.into_iter().map(|guess| json!(fit(&guess, min, max))).collect()
}

pub(super) fn named(spec: &'static ResourceSpec, index: usize) -> String {
    let field = &spec.fields[index];
    if spec.own_owner_field().is_some_and(|(owner, _)| owner == index) {
        return USER.to_owned();
    }
    let name = words(field.json);
    if field.role == FieldRole::Id {
        return format!("{}-1", words(spec.type_name).replace(' ', "-"));
    }
    match name.as_str() {
        "email" | "e mail" => EMAIL.to_owned(),
        "url" | "website" | "homepage" => "https://example.com/a".to_owned(),
        "name" | "title" => format!("First {}", words(spec.type_name)),
        "description" | "summary" | "notes" | "body" => format!("What this {} is about", words(spec.type_name)),
        _ if name.ends_with(" id") => format!("{}-1", name.trim_end_matches(" id").replace(' ', "-")),
        _ => format!("Some {name}"),
    }
}

/// Cuts text to a length, or repeats it up to one.
fn fit(text: &str, min: usize, max: usize) -> String {
    let count = text.chars().count();
    // Only short texts are extended, and only to a length that is still readable.
    if count == 0 || (count >= min && count <= max) || min > 4096 {
        return text.to_owned();
    }
    text.chars().cycle().take(count.clamp(min, max)).collect()
}

/// A value for the JSON Schema of a user's type. The caller checks it.
fn of_shape(shape: &Value, depth: usize) -> Option<Value> {
    if depth > 8 {
        return None;
    }
    let Some(shape) = shape.as_object() else { return Some(json!({})) };
    let first = |key: &str| shape.get(key).and_then(Value::as_array).and_then(|values| values.first());
    let given =
        first("examples").or(shape.get("example")).or(shape.get("default")).or(shape.get("const")).or(first("enum"));
    if let Some(given) = given {
        return Some(given.clone());
    }
    if let Some(branch) = first("anyOf").or(first("oneOf")) {
        return of_shape(branch, depth + 1);
    }
    let kind = shape.get("type").and_then(|kind| kind.as_str().or_else(|| kind.as_array()?.first()?.as_str()));
    match kind {
        Some("string") => of_text_shape(shape),
        Some("integer" | "number") => Some(shape.get("minimum").cloned().unwrap_or(json!(1))),
        Some("boolean") => Some(json!(true)),
        Some("null") => Some(Value::Null),
        Some("array") => {
            let item = shape.get("items").and_then(|items| of_shape(items, depth + 1));
            Some(Value::Array(item.into_iter().collect()))
        }
        // Without a type every value is valid; an object is the most useful example.
        _ if shape.contains_key("$ref") || shape.contains_key("allOf") => None,
        _ => {
            let required: Vec<&str> = shape
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let mut object = Map::new();
            for (name, property) in shape.get("properties").and_then(Value::as_object).into_iter().flatten() {
                match of_shape(property, depth + 1) {
                    Some(value) => drop(object.insert(name.clone(), value)),
                    None if required.contains(&name.as_str()) => return None,
                    None => {}
                }
            }
            required.iter().all(|&name| object.contains_key(name)).then_some(Value::Object(object))
        }
    }
}

fn of_text_shape(shape: &Map<String, Value>) -> Option<Value> {
    let text = match shape.get("format").and_then(Value::as_str) {
        Some("uuid") => "0190a2d4-8c2f-7d4b-8a11-5e6f70819203",
        Some("date-time") => "2026-01-31T13:45:00Z",
        Some("date") => "2026-01-31",
        Some("email") => EMAIL,
        Some("uri" | "url") => "https://example.com/a",
        Some(_) => return None,
        None if shape.contains_key("pattern") => return None,
        None => "text",
    };
    let bound = |key: &str, none: usize| shape.get(key).and_then(Value::as_u64).map_or(none, |bound| bound as usize);
    Some(json!(if shape.contains_key("format") {
        text.to_owned()
    } else {
        fit(text, bound("minLength", 0), bound("maxLength", 1000))
    }))
}

//! Plausible values. Each is checked by the field's own rules; a field whose rules no guess obeys has no example.

use serde_json::{Map, Value, json};

use super::{ResourceView, fields, pattern, words};
use crate::resource::json_to_value;
use crate::rules::{self, Range};
use crate::spec::{FieldRole, FieldSpec, Kind, Rule};

const EMAIL: &str = "ada@example.com";
const USER: &str = "auth0|ada";

/// A value of the field, the same in each schema.
pub(super) fn of_field(view: &ResourceView<'_>, index: usize) -> Option<Value> {
    let field = &view.spec.fields[index];
    let value = guesses(view, index).into_iter().find(|guess| obeys(field, guess));
    value.or_else(|| field.ty.nullable.then_some(Value::Null))
}

/// An object of the fields at these indexes; `None` when one of them that is needed has no example.
pub(super) fn object(view: &ResourceView<'_>, indexes: impl Iterator<Item = (usize, bool)>) -> Option<Value> {
    let mut object = Map::new();
    for (index, needed) in indexes {
        match of_field(view, index) {
            Some(value) => drop(object.insert(view.spec.fields[index].json.to_owned(), value)),
            None if needed => return None,
            None => {}
        }
    }
    Some(Value::Object(object))
}

/// Whether the value is of the field's type and obeys its rules.
pub(crate) fn obeys(field: &FieldSpec, value: &Value) -> bool {
    if value.is_null() && !matches!(field.ty.kind, Kind::Json(_)) {
        return field.ty.nullable;
    }
    json_to_value(&field.ty.kind, value.clone()).is_ok()
        && field.rules.iter().all(|rule| obeys_rule(field, rule, value))
}

fn obeys_rule(field: &FieldSpec, rule: &Rule, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    match *rule {
        Rule::Length { min, max } => {
            let padding = text.bytes().rev().take_while(|&byte| byte == b'=').count();
            let count =
                if matches!(field.ty.kind, Kind::Bytes) { text.len() / 4 * 3 - padding } else { text.chars().count() };
            rules::length(count, min, max, "character").is_ok()
        }
        Rule::Range { min, max, exclusive } => {
            let range = Range { min, max, exclusive };
            match field.ty.kind {
                Kind::Decimal => text.parse::<rust_decimal::Decimal>().is_ok_and(|number| range.check(number).is_ok()),
                Kind::F32 | Kind::F64 => value.as_f64().is_some_and(|number| range.check(number).is_ok()),
                _ => value.as_i64().is_some_and(|number| range.check(number).is_ok()),
            }
        }
        Rule::Pattern(pattern) => rules::pattern(pattern, text).is_ok(),
        Rule::Email => rules::email(text).is_ok(),
        Rule::Url => rules::url(text).is_ok(),
        Rule::OneOf(allowed) => allowed.iter().any(|&text| fields::number_or_text(field, text).as_ref() == Some(value)),
    }
}

pub(super) fn guesses(view: &ResourceView<'_>, index: usize) -> Vec<Value> {
    let field = &view.spec.fields[index];
    let listed = field.rules.iter().find_map(|rule| match rule {
        Rule::OneOf(values) => Some(values.iter().filter_map(|text| fields::number_or_text(field, text)).collect()),
        _ => None,
    });
    if let Some(listed) = listed {
        return listed;
    }
    match field.ty.kind {
        Kind::I16 | Kind::I32 | Kind::I64 if field.role == FieldRole::Id => vec![json!(1)],
        Kind::I16 | Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 => numbers(field),
        Kind::Decimal => decimals(field),
        Kind::String => texts(view, index),
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
    }
}

/// Bounds that are plausible themselves, after numbers that are more so.
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
    let exact = bounds(field).filter_map(|text| fields::number_or_text(field, text));
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

fn texts(view: &ResourceView<'_>, index: usize) -> Vec<Value> {
    let field = &view.spec.fields[index];
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
    // A pattern tells little about what is meant, so the name goes first.
    guesses.insert(0, named(view, index));
    guesses.into_iter().map(|guess| json!(fit(&guess, min, max))).collect()
}

pub(super) fn named(view: &ResourceView<'_>, index: usize) -> String {
    let field = &view.spec.fields[index];
    if view.spec.own_owner_field().is_some_and(|(owner, _)| owner == index) {
        return USER.to_owned();
    }
    let words = words(field.json);
    if field.role == FieldRole::Id {
        return format!("{}-1", view.singular.replace(' ', "-"));
    }
    match words.as_str() {
        "email" | "e mail" => EMAIL.to_owned(),
        "url" | "website" | "homepage" => "https://example.com/a".to_owned(),
        "name" | "title" => format!("First {}", view.singular),
        "description" | "summary" | "notes" | "body" => format!("What this {} is about", view.singular),
        _ if words.ends_with(" id") => format!("{}-1", words.trim_end_matches(" id").replace(' ', "-")),
        _ => format!("Some {words}"),
    }
}

/// Cuts text to a length, or repeats it up to one.
fn fit(text: &str, min: usize, max: usize) -> String {
    let count = text.chars().count();
    // Only short texts are worth growing, and only as far as anybody would read.
    if count == 0 || (count >= min && count <= max) || min > 4096 {
        return text.to_owned();
    }
    text.chars().cycle().take(count.clamp(min, max)).collect()
}

/// A value of a user's own schema; whoever asks checks it.
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
        // Without a type anything goes, and an object says so best.
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

//! The schema of one field's values: as callers send them, as they read them, and as filters compare with them.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::files;
use crate::resource::sample;
use crate::spec::{ComputedSpec, FieldRole, FieldSpec, Kind, Operation, ResourceSpec, Rule};

/// Matches every text that can be stored.
const NO_NUL: &str = "^[^\\u0000]*$";
/// Matches every text id that a path can name: no control characters.
const ID_TEXT: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";
/// Canonical base64 with padding (RFC 4648 section 4): the unused bits are zero.
const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";
const MONTH_DAY: &str =
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))";
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
/// A sign, 29 digits and a point: a longer one is refused.
const DECIMAL_CHARS: usize = 31;
/// One spelling for each number, except for trailing zeros, which are preserved.
const DECIMAL: &str = "^-?(0|[1-9][0-9]{0,28})(\\.[0-9]{1,28})?$";

/// Which side a schema describes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Requests: with every rule.
    Input,
    /// Responses: the type only, because a rule may be newer than the rows.
    Output,
}

/// The schema of a field, null and documentation included.
pub(super) fn schema(builder: &mut Builder<'_>, field: &'static FieldSpec, side: Side) -> Value {
    let is_id = side == Side::Input && field.role == FieldRole::Id;
    let mut schema = if is_id { id_schema(builder, field) } else { value_schema(builder, field, side) };
    let mut notes = vec![field.doc.trim().to_owned()];
    if side == Side::Input {
        notes.extend(apply_rules(&mut schema, field));
    }
    if field.ty.nullable {
        schema = nullable(schema);
    }
    let permission = if side == Side::Input { field.write } else { field.read };
    notes.extend(permission.map(|permission| permission_note(&mut schema, permission, side)));
    notes.retain(|note| !note.is_empty());
    if !notes.is_empty() {
        schema.insert("description".to_owned(), json!(notes.join("\n\n")));
    }
    Value::Object(schema)
}

/// The schema of a computed field.
pub(super) fn computed(builder: &mut Builder<'_>, field: &'static ComputedSpec) -> Value {
    let mut schema = kind_schema(builder, &field.ty.kind, Side::Output);
    if field.ty.nullable {
        schema = nullable(schema);
    }
    schema.insert("readOnly".to_owned(), json!(true));
    if let Some(permission) = field.read {
        let note = permission_note(&mut schema, permission, Side::Output);
        schema.insert("description".to_owned(), json!(note));
    }
    Value::Object(schema)
}

/// Names the permission that a field requires, for programs and in words.
fn permission_note(schema: &mut Map<String, Value>, permission: &str, side: Side) -> String {
    schema.insert("x-permissions".to_owned(), json!([permission]));
    match side {
        Side::Input => format!("Requires the permission `{permission}`; without it, the request is refused with 403."),
        Side::Output => format!("Requires the permission `{permission}`; without it, the field is omitted."),
    }
}

/// The schema of a value that a filter compares the field with: of its type, whatever its rules.
pub(super) fn operand(builder: &mut Builder<'_>, field: &'static FieldSpec) -> Value {
    Value::Object(value_schema(builder, field, Side::Input))
}

/// The schema of an id in a path.
pub(super) fn path_id(builder: &mut Builder<'_>, field: &'static FieldSpec) -> Value {
    Value::Object(id_schema(builder, field))
}

/// A text id must not be a reserved word of the path, or a dot segment.
fn id_schema(builder: &mut Builder<'_>, field: &'static FieldSpec) -> Map<String, Value> {
    let mut schema = value_schema(builder, field, Side::Input);
    if matches!(field.ty.kind, Kind::String) {
        let reserved: Vec<&str> = Operation::WORDS.into_iter().chain([".", ".."]).collect();
        let rules = json!({"minLength": 1, "maxLength": 255, "pattern": ID_TEXT, "not": {"enum": reserved}});
        schema.extend(rules.as_object().cloned().unwrap_or_default());
    }
    schema
}

fn value_schema(builder: &mut Builder<'_>, field: &'static FieldSpec, side: Side) -> Map<String, Value> {
    kind_schema(builder, &field.ty.kind, side)
}

fn kind_schema(builder: &mut Builder<'_>, kind: &Kind, side: Side) -> Map<String, Value> {
    let input = side == Side::Input;
    let schema = match *kind {
        Kind::I16 => json!({"type": "integer", "minimum": i16::MIN, "maximum": i16::MAX}),
        Kind::I32 => json!({"type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX}),
        Kind::I64 => json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX}),
        Kind::F32 if input => {
            json!({"type": "number", "format": "float", "minimum": f64::from(f32::MIN), "maximum": f64::from(f32::MAX)})
        }
        Kind::F32 => json!({"type": "number", "format": "float"}),
        Kind::F64 => json!({"type": "number", "format": "double"}),
        Kind::Decimal if input => {
            json!({"type": "string", "pattern": DECIMAL, "maxLength": DECIMAL_CHARS})
        }
        Kind::Decimal => json!({"type": "string", "pattern": DECIMAL}),
        Kind::String if input => json!({"type": "string", "pattern": NO_NUL}),
        Kind::String => json!({"type": "string"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Uuid => json!({"type": "string", "format": "uuid"}),
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Time => json!({"type": "string", "pattern": format!("^{TIME}$")}),
        Kind::DateTime => json!({"type": "string", "pattern": format!("^[0-9]{{4}}-{MONTH_DAY}T{TIME}$")}),
        Kind::Timestamp => json!({"type": "string", "format": "date-time"}),
        Kind::Json(spec) => (spec.shape)(),
        Kind::Bytes => json!({"type": "string", "contentEncoding": "base64", "pattern": BASE64}),
        Kind::Enum(spec) => builder.enum_ref(spec),
        Kind::File => files::reference(builder),
    };
    match schema {
        Value::Object(schema) => schema,
        // `true` is a schema too, and means the same as an empty one.
        _ => Map::new(),
    }
}

/// Allows null too.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    if schema.is_empty() {
        return schema;
    }
    match schema.get("type").and_then(Value::as_str).map(str::to_owned) {
        Some(kind) if !schema.contains_key("const") => {
            schema.insert("type".to_owned(), json!([kind, "null"]));
            if let Some(Value::Array(values)) = schema.get_mut("enum") {
                values.push(Value::Null);
            }
            schema
        }
        _ => Map::from_iter([("anyOf".to_owned(), json!([schema, {"type": "null"}]))]),
    }
}

/// Writes the rules into the schema; returns in words what JSON Schema cannot express.
fn apply_rules(schema: &mut Map<String, Value>, field: &FieldSpec) -> Vec<String> {
    let mut notes = Vec::new();
    let mut patterns = Vec::new();
    for rule in field.rules {
        match *rule {
            Rule::Length { min, max } => length(schema, field, min, max, &mut notes),
            Rule::Range { min, max, exclusive } => range(schema, field, min, max, exclusive, &mut notes),
            Rule::Pattern(text) => match sample::portable(text) {
                Some(portable) => patterns.push((portable, sample::excludes_nul(text))),
                None => notes.push(format!("Matches the regular expression `{text}` (syntax of Rust's regex crate).")),
            },
            Rule::Email => {
                schema.insert("format".to_owned(), json!("email"));
                schema.entry("maxLength").or_insert(json!(254));
            }
            Rule::Url => {
                schema.insert("format".to_owned(), json!("uri"));
                patterns.push(("^https?://[^\\s\\u0000]+$".to_owned(), true));
            }
            Rule::OneOf(values) => {
                let values: Vec<Value> = values.iter().filter_map(|text| sample::number_or_text(field, text)).collect();
                schema.remove("pattern");
                schema.insert("enum".to_owned(), json!(values));
            }
        }
    }
    if field.rules.iter().any(|rule| matches!(rule, Rule::Email)) {
        schema.remove("pattern");
    }
    let mut patterns = patterns.into_iter();
    if let Some((first, excludes_nul)) = patterns.next() {
        let general = schema.insert("pattern".to_owned(), json!(first));
        let mut others: Vec<Value> = patterns.map(|(pattern, _)| json!({"pattern": pattern})).collect();
        others.extend(
            general.filter(|_| !excludes_nul || field.role == FieldRole::Id).map(|general| json!({"pattern": general})),
        );
        if !others.is_empty() {
            schema.insert("allOf".to_owned(), json!(others));
        }
    }
    notes
}

fn length(
    schema: &mut Map<String, Value>,
    field: &FieldSpec,
    min: Option<usize>,
    max: Option<usize>,
    notes: &mut Vec<String>,
) {
    let bytes = matches!(field.ty.kind, Kind::Bytes);
    if bytes {
        notes.push(match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max} bytes."),
            (Some(min), None) => format!("At least {min} bytes."),
            (_, max) => format!("At most {} bytes.", max.unwrap_or_default()),
        });
    }
    // Three bytes are four characters of base64.
    let chars = |length: usize| if bytes { length.div_ceil(3) * 4 } else { length };
    if let Some(min) = min.filter(|&min| min > 0) {
        raise(schema, "minLength", chars(min), usize::max);
    }
    if let Some(max) = max {
        raise(schema, "maxLength", chars(max), usize::min);
    }
}

/// Sets a bound, unless there is a narrower one.
fn raise(schema: &mut Map<String, Value>, key: &str, bound: usize, narrower: fn(usize, usize) -> usize) {
    let known = schema.get(key).and_then(Value::as_u64).and_then(|known| usize::try_from(known).ok());
    schema.insert(key.to_owned(), json!(known.map_or(bound, |known| narrower(known, bound))));
}

fn range(
    schema: &mut Map<String, Value>,
    field: &FieldSpec,
    min: Option<&str>,
    max: Option<&str>,
    exclusive: bool,
    notes: &mut Vec<String>,
) {
    if matches!(field.ty.kind, Kind::Decimal) {
        let below = if exclusive { "less than" } else { "at most" };
        notes.push(match (min, max) {
            (Some(min), Some(max)) => format!("At least {min} and {below} {max}."),
            (Some(min), None) => format!("At least {min}."),
            (_, max) => format!("{}{} {}.", &below[..1].to_uppercase(), &below[1..], max.unwrap_or_default()),
        });
        if min.is_some_and(|min| !min.starts_with('-')) {
            schema.insert("pattern".to_owned(), json!(DECIMAL.replace("-?", "")));
        }
        return;
    }
    if let Some(min) = min.and_then(|text| sample::number_or_text(field, text)) {
        schema.insert("minimum".to_owned(), min);
    }
    if let Some(max) = max.and_then(|text| sample::number_or_text(field, text)) {
        if exclusive {
            schema.remove("maximum");
        }
        schema.insert(if exclusive { "exclusiveMaximum" } else { "maximum" }.to_owned(), max);
    }
}

/// The default, if it can be shown and follows the rules.
pub(super) fn default_of(builder: &Builder<'_>, spec: &'static ResourceSpec, index: usize) -> Option<Value> {
    let field = &spec.fields[index];
    if !field.has_default {
        return None;
    }
    (builder.input.default_of)(spec, index).filter(|value| sample::is_valid(field, value))
}

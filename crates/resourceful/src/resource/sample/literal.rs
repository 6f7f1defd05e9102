//! The literals of attributes as JSON.

use serde_json::{Value, json};

use crate::spec::{FieldSpec, Kind, ResourceSpec};

/// A literal of an attribute in the field's JSON type.
pub(crate) fn number_or_text(field: &FieldSpec, text: &str) -> Option<Value> {
    match field.ty.kind {
        Kind::I16 | Kind::I32 | Kind::I64 => text.parse::<i64>().ok().map(Value::from),
        // A whole bound of a float is more readable without the `.0`.
        Kind::F32 | Kind::F64 => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from)).ok()
        }
        _ => Some(Value::from(text)),
    }
}

/// The default of a field in JSON, where it is a literal.
pub(crate) fn literal_default(spec: &'static ResourceSpec, index: usize) -> Option<Value> {
    let field = &spec.fields[index];
    let sql = field.default_sql?;
    match field.ty.kind {
        Kind::String | Kind::Enum(_) => Some(json!(sql.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))),
        Kind::Bool => Some(json!(sql.eq_ignore_ascii_case("true"))),
        Kind::Decimal => Some(json!(sql)),
        _ => serde_json::from_str(sql).ok(),
    }
}

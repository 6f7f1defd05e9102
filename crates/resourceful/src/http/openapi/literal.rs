//! Literals of attributes as JSON.

use serde_json::Value;

use crate::spec::{FieldSpec, Kind};

/// A literal of an attribute in the field's JSON type.
pub(super) fn number_or_text(field: &FieldSpec, text: &str) -> Option<Value> {
    match field.ty.kind {
        Kind::I16 | Kind::I32 | Kind::I64 => text.parse::<i64>().ok().map(Value::from),
        // Whole bounds of floats without the `.0` read better.
        Kind::F32 | Kind::F64 => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from)).ok()
        }
        _ => Some(Value::from(text)),
    }
}

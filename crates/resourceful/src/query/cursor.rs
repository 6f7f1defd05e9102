//! What a cursor holds: the values of the sort keys in the last row of a page, or as much of them as tells that row
//! from the first row behind it.

use serde_json::Value as JsonValue;

use super::seek::Key;
use crate::resource::{FieldValue, json_to_value, null_of, value_to_json};
use crate::spec::Kind;

/// The values of the keys, as text.
pub fn write(keys: &[Key], values: &[FieldValue]) -> Vec<u8> {
    let values = keys.iter().zip(values).map(|(key, value)| match value {
        // Their digits would have to be read again to the last bit.
        FieldValue::Double(Some(number)) => JsonValue::from(number.to_bits()),
        FieldValue::Float(Some(number)) => JsonValue::from(number.to_bits()),
        // What answers show as null, because the enum has it no more, is a value among others in an order.
        FieldValue::String(Some(text)) => JsonValue::from(text.as_str()),
        value => value_to_json(&key.kind, value),
    });
    JsonValue::Array(values.collect()).to_string().into_bytes()
}

/// The values of the keys again, of the first of them at least; `None` when the text is not that of these keys.
pub fn read(keys: &[Key], text: &[u8]) -> Option<Vec<FieldValue>> {
    let values: Vec<JsonValue> = serde_json::from_slice(text).ok()?;
    if values.is_empty() || values.len() > keys.len() {
        return None;
    }
    keys.iter().zip(&values).map(|(key, json)| value(key, json)).collect()
}

fn value(key: &Key, json: &JsonValue) -> Option<FieldValue> {
    match (&key.kind, json) {
        (kind, JsonValue::Null) => key.nullable.then(|| null_of(kind)),
        (Kind::F64, json) => Some(FieldValue::Double(Some(f64::from_bits(json.as_u64()?)))),
        (Kind::F32, json) => Some(FieldValue::Float(Some(f32::from_bits(json.as_u64()?.try_into().ok()?)))),
        // A row may still hold a variant that the enum has no more.
        (Kind::Enum(_), json) => Some(FieldValue::String(Some(json.as_str()?.to_owned()))),
        (kind, json) => json_to_value(kind, json.clone()).ok(),
    }
}

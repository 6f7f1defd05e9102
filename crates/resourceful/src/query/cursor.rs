//! The content of a cursor: the values of the sort keys in the last row of a page, or as much of them as distinguishes
//! that row from the first row after it.

use chrono::{DateTime, Datelike, NaiveDate};
use serde_json::Value as JsonValue;

use super::seek::Key;
use crate::resource::{FieldValue, json_to_value, null_of, value_to_json};
use crate::spec::Kind;

/// The values of the keys, as text.
pub fn write(keys: &[Key], values: &[FieldValue]) -> Vec<u8> {
    let values = keys.iter().zip(values).map(|(key, value)| match value {
        // As bits: decimal digits would have to be parsed exactly.
        FieldValue::Double(Some(number)) => JsonValue::from(number.to_bits()),
        FieldValue::Float(Some(number)) => JsonValue::from(number.to_bits()),
        // Also values that answers show as null: a removed variant, years of more than four digits.
        FieldValue::String(Some(text)) => JsonValue::from(text.as_str()),
        value => match (value_to_json(&key.kind, value), unusual(value)) {
            (JsonValue::Null, Some(number)) => JsonValue::from(vec![number]),
            (json, _) => json,
        },
    });
    JsonValue::Array(values.collect()).to_string().into_bytes()
}

/// A moment or a day as a number: microseconds, or days.
fn unusual(value: &FieldValue) -> Option<i64> {
    match value {
        FieldValue::ChronoDateTimeUtc(Some(stamp)) => Some(stamp.timestamp_micros()),
        FieldValue::ChronoDateTime(Some(stamp)) => Some(stamp.and_utc().timestamp_micros()),
        FieldValue::ChronoDate(Some(date)) => Some(i64::from(date.num_days_from_ce())),
        _ => None,
    }
}

/// The moment or the day of this number.
fn usual(kind: &Kind, number: i64) -> Option<FieldValue> {
    let moment = || DateTime::from_timestamp_micros(number);
    match kind {
        Kind::Timestamp => Some(FieldValue::ChronoDateTimeUtc(Some(moment()?))),
        Kind::DateTime => Some(FieldValue::ChronoDateTime(Some(moment()?.naive_utc()))),
        Kind::Date => {
            let date = NaiveDate::from_num_days_from_ce_opt(number.try_into().ok()?)?;
            Some(FieldValue::ChronoDate(Some(date)))
        }
        _ => None,
    }
}

/// The values of the keys, at least of the first; `None` when the text does not belong to these keys.
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
        // A row may still hold a variant that was removed from the enum.
        (Kind::Enum(_), json) => Some(FieldValue::String(Some(json.as_str()?.to_owned()))),
        (kind, JsonValue::Array(number)) => usual(kind, number.first()?.as_i64()?),
        (kind, json) => json_to_value(kind, json.clone()).ok(),
    }
}

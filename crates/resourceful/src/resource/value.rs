//! Conversions of a value between its three forms: database, JSON and text of a query string.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Timelike, Utc};
use rust_decimal::Decimal;
use sea_orm::sea_query::{ColumnType, StringLen};
use serde_json::Value as JsonValue;
use uuid::Uuid;

use super::types::FieldValue;
use super::{file, number, shape};
use crate::error::codes;
use crate::rules::RuleError;
use crate::spec::Kind;

/// SQL's null of this kind.
pub fn null_of(kind: &Kind) -> FieldValue {
    match kind {
        Kind::I16 => FieldValue::SmallInt(None),
        Kind::I32 => FieldValue::Int(None),
        Kind::I64 => FieldValue::BigInt(None),
        Kind::F32 => FieldValue::Float(None),
        Kind::F64 => FieldValue::Double(None),
        Kind::Decimal => FieldValue::Decimal(None),
        Kind::String | Kind::Enum(_) | Kind::File => FieldValue::String(None),
        Kind::Bool => FieldValue::Bool(None),
        Kind::Uuid => FieldValue::Uuid(None),
        Kind::Date => FieldValue::ChronoDate(None),
        Kind::Time => FieldValue::ChronoTime(None),
        Kind::DateTime => FieldValue::ChronoDateTime(None),
        Kind::Timestamp => FieldValue::ChronoDateTimeUtc(None),
        Kind::Json(_) => FieldValue::Json(None),
        Kind::Bytes => FieldValue::Bytes(None),
    }
}

/// SeaORM's column type of this kind.
pub(super) fn column_type(kind: &Kind) -> ColumnType {
    match kind {
        Kind::I16 => ColumnType::SmallInteger,
        Kind::I32 => ColumnType::Integer,
        Kind::I64 => ColumnType::BigInteger,
        Kind::F32 => ColumnType::Float,
        Kind::F64 => ColumnType::Double,
        Kind::Decimal => ColumnType::Decimal(None),
        Kind::String | Kind::Enum(_) => ColumnType::String(StringLen::None),
        Kind::File => ColumnType::Text,
        Kind::Bool => ColumnType::Boolean,
        Kind::Uuid => ColumnType::Uuid,
        Kind::Date => ColumnType::Date,
        Kind::Time => ColumnType::Time,
        Kind::DateTime => ColumnType::DateTime,
        Kind::Timestamp => ColumnType::TimestampWithTimeZone,
        Kind::Json(_) => ColumnType::JsonBinary,
        Kind::Bytes => ColumnType::VarBinary(StringLen::None),
    }
}

/// Reads a JSON value as this kind. The caller handles null.
///
/// # Errors
/// The message says what is allowed.
pub fn json_to_value(kind: &Kind, json: JsonValue) -> Result<FieldValue, RuleError> {
    let wrong = || RuleError::new(codes::TYPE, format!("must be {}", kind.describe()));
    Ok(match kind {
        Kind::I16 => FieldValue::SmallInt(Some(json.as_i64().and_then(|n| n.try_into().ok()).ok_or_else(wrong)?)),
        Kind::I32 => FieldValue::Int(Some(json.as_i64().and_then(|n| n.try_into().ok()).ok_or_else(wrong)?)),
        Kind::I64 => FieldValue::BigInt(Some(json.as_i64().ok_or_else(wrong)?)),
        Kind::F32 => {
            let given = json.as_f64().ok_or_else(wrong)?;
            let number = plain_sign(given) as f32;
            // A number that is too small for the type must not become zero.
            let fits = number.is_finite() && (number != 0.0 || given == 0.0);
            FieldValue::Float(Some(if fits { number } else { return Err(wrong()) }))
        }
        Kind::F64 => {
            let number = json.as_f64().filter(|number| number.is_finite()).ok_or_else(wrong)?;
            FieldValue::Double(Some(plain_sign(number)))
        }
        Kind::Bool => FieldValue::Bool(Some(json.as_bool().ok_or_else(wrong)?)),
        Kind::Json(spec) => {
            if let Some(pointer) = shape::place_of_nul(&json) {
                return Err(RuleError { pointer, ..nul() });
            }
            (spec.accepts)(&json)?;
            FieldValue::Json(Some(Box::new(json)))
        }
        Kind::String => match json {
            JsonValue::String(text) if text.contains('\0') => return Err(nul()),
            JsonValue::String(text) => FieldValue::String(Some(text)),
            _ => return Err(wrong()),
        },
        Kind::Decimal
        | Kind::Uuid
        | Kind::Date
        | Kind::Time
        | Kind::DateTime
        | Kind::Timestamp
        | Kind::Bytes
        | Kind::Enum(_)
        | Kind::File => text_to_value(kind, json.as_str().ok_or_else(wrong)?)?,
    })
}

fn nul() -> RuleError {
    RuleError::new(codes::INVALID_CHARACTER, "contains the character U+0000, which cannot be stored")
}

/// Reads text (of a query string, a path or a JSON string) as this kind.
///
/// # Errors
/// The message says what is allowed.
pub fn text_to_value(kind: &Kind, text: &str) -> Result<FieldValue, RuleError> {
    let wrong = || RuleError::new(codes::TYPE, format!("must be {}", kind.describe()));
    if text.contains('\0') {
        return Err(nul());
    }
    Ok(match kind {
        Kind::I16 => FieldValue::SmallInt(Some(whole(text).ok_or_else(wrong)?)),
        Kind::I32 => FieldValue::Int(Some(whole(text).ok_or_else(wrong)?)),
        Kind::I64 => FieldValue::BigInt(Some(whole(text).ok_or_else(wrong)?)),
        Kind::F32 | Kind::F64 if text.trim() != text || number::vanishes(text) => return Err(wrong()),
        Kind::F32 | Kind::F64 => json_to_value(kind, serde_json::from_str(text).map_err(|_| wrong())?)?,
        Kind::Decimal => FieldValue::Decimal(Some(decimal(text).ok_or_else(wrong)?)),
        Kind::String => FieldValue::String(Some(text.to_owned())),
        Kind::Bool => FieldValue::Bool(Some(match text {
            "true" => true,
            "false" => false,
            _ => return Err(wrong()),
        })),
        Kind::Uuid => FieldValue::Uuid(Some(uuid(text).ok_or_else(wrong)?)),
        Kind::Date => FieldValue::ChronoDate(Some(date(text).ok_or_else(wrong)?)),
        Kind::Time => FieldValue::ChronoTime(Some(time(text).ok_or_else(wrong)?)),
        Kind::DateTime => FieldValue::ChronoDateTime(Some(date_time(text).ok_or_else(wrong)?)),
        Kind::Timestamp => FieldValue::ChronoDateTimeUtc(Some(timestamp(text).ok_or_else(wrong)?)),
        Kind::Json(_) | Kind::File => return Err(wrong()),
        Kind::Bytes => FieldValue::Bytes(Some(BASE64.decode(text).map_err(|_| wrong())?)),
        Kind::Enum(spec) => {
            if !spec.variants.iter().any(|variant| variant.value == text) {
                let allowed: Vec<_> = spec.variants.iter().map(|variant| variant.value).collect();
                return Err(RuleError::new(codes::ONE_OF, format!("must be one of {}", allowed.join(", "))));
            }
            FieldValue::String(Some(text.to_owned()))
        }
    })
}

/// A whole number in plain digits, without a plus sign or leading zeros, so that each has one spelling.
fn whole<T: std::str::FromStr>(text: &str) -> Option<T> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (digits == "0" || !digits.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

/// Zero without sign and scale: PostgreSQL's driver keeps neither.
pub(super) fn plain_zero(number: Decimal) -> Decimal {
    if number.is_zero() { Decimal::ZERO } else { number }
}

/// Zero without sign, which SQLite does not keep: the sum of the two zeros is the positive one.
fn plain_sign(number: f64) -> f64 {
    number + 0.0
}

fn decimal(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !digits(whole) || !digits(fraction) || leading_zero {
        return None;
    }
    Decimal::from_str_exact(text).ok().map(plain_zero)
}

fn uuid(text: &str) -> Option<Uuid> {
    // The hyphenated form only (RFC 9562 section 4): braces and urn: would be second spellings.
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Years that both databases store and that keep four digits in ISO 8601.
fn in_years(year: i32) -> bool {
    (1..=9999).contains(&year)
}

/// chrono's formats skip spaces and take signs and single digits; ISO 8601's extended format has two digits each.
fn looks_like(text: &str, pattern: &str) -> bool {
    text.len() >= pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, like)| if like == b'0' { byte.is_ascii_digit() } else { byte == like })
}

fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10 && looks_like(text, "0000-00-00"))
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .filter(|date| in_years(date.year()))
}

fn time(text: &str) -> Option<NaiveTime> {
    let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok()?;
    (looks_like(text, "00:00:00") && time.nanosecond() < 1_000_000_000).then(|| time.trunc_subsecs(6))
}

fn date_time(text: &str) -> Option<NaiveDateTime> {
    let (date_part, time_part) = text.split_once('T')?;
    Some(date(date_part)?.and_time(time(time_part)?))
}

fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let stamp = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    // A leap second is a nanosecond count above a billion here, and neither database keeps it.
    (in_years(stamp.year()) && stamp.nanosecond() < 1_000_000_000).then(|| stamp.trunc_subsecs(6))
}

/// The value in JSON.
pub fn value_to_json(kind: &Kind, value: &FieldValue) -> JsonValue {
    if let FieldValue::Json(Some(json)) = value {
        return (**json).clone();
    }
    let mut out = Vec::new();
    write_json(kind, value, &mut out);
    serde_json::from_slice(&out).unwrap_or(JsonValue::Null)
}

/// Writes the value as JSON text. Returns false for a value without a JSON form: an infinite number, a date whose year does
/// not have four digits, an unknown variant of an enum.
pub(super) fn write_json(kind: &Kind, value: &FieldValue, out: &mut Vec<u8>) -> bool {
    use std::io::Write;
    // Writing to a Vec cannot fail, and none of these types has an invalid JSON form. Formatting is several times slower
    // than the functions used for the frequent types.
    let result = match value {
        FieldValue::SmallInt(Some(number)) => return json(out, number),
        FieldValue::Int(Some(number)) => return json(out, number),
        FieldValue::BigInt(Some(number)) => return json(out, number),
        FieldValue::Bool(Some(flag)) => return json(out, flag),
        FieldValue::Float(Some(number)) if number.is_finite() => return json(out, number),
        FieldValue::Double(Some(number)) if number.is_finite() => return json(out, number),
        FieldValue::String(Some(text)) => return write_text(kind, text, out),
        FieldValue::Json(Some(inner)) => return json(out, inner),
        FieldValue::Decimal(Some(number)) => write!(out, "\"{number}\""),
        FieldValue::Uuid(Some(id)) => {
            let mut text = [b'"'; uuid::fmt::Hyphenated::LENGTH + 2];
            id.hyphenated().encode_lower(&mut text[1..=uuid::fmt::Hyphenated::LENGTH]);
            out.extend_from_slice(&text);
            Ok(())
        }
        FieldValue::ChronoDate(Some(date)) if in_years(date.year()) => write!(out, "\"{}\"", date.format("%Y-%m-%d")),
        FieldValue::ChronoTime(Some(time)) => write!(out, "\"{}\"", time.format("%H:%M:%S%.f")),
        FieldValue::ChronoDateTime(Some(stamp)) if in_years(stamp.year()) => {
            write!(out, "\"{}\"", stamp.format("%Y-%m-%dT%H:%M:%S%.f"))
        }
        FieldValue::ChronoDateTimeUtc(Some(stamp)) if in_years(stamp.year()) => {
            moment::write(stamp, out);
            Ok(())
        }
        FieldValue::Bytes(Some(bytes)) => write!(out, "\"{}\"", BASE64.encode(bytes)),
        _ => {
            out.extend_from_slice(b"null");
            return *value == null_of(kind);
        }
    };
    result.is_ok()
}

/// Moments as text.
mod moment {
    use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

    /// Writes a moment of a year with four digits, in quotes, as `to_rfc3339_opts(SecondsFormat::AutoSi, true)` does.
    pub(super) fn write(stamp: &DateTime<Utc>, out: &mut Vec<u8>) {
        let nanos = stamp.nanosecond();
        if nanos >= 1_000_000_000 {
            // A leap second, which databases do not have.
            out.push(b'"');
            out.extend_from_slice(stamp.to_rfc3339_opts(SecondsFormat::AutoSi, true).as_bytes());
            return out.push(b'"');
        }
        let mut text = *b"\"0000-00-00T00:00:00.000000000Z\"";
        let parts = [
            (1, 4, stamp.year().unsigned_abs()),
            (6, 2, stamp.month()),
            (9, 2, stamp.day()),
            (12, 2, stamp.hour()),
            (15, 2, stamp.minute()),
            (18, 2, stamp.second()),
            (21, 9, nanos),
        ];
        for (start, digits, mut number) in parts {
            for place in (start..start + digits).rev() {
                text[place] = b'0' + u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        let end = match nanos {
            0 => 20,
            _ if nanos.is_multiple_of(1_000_000) => 24,
            _ if nanos.is_multiple_of(1_000) => 27,
            _ => 30,
        };
        out.extend_from_slice(&text[..end]);
        out.extend_from_slice(b"Z\"");
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn moments_are_written_as_chrono_writes_them() {
            for (seconds, nanos) in [
                (0, 0),
                (1_790_000_000, 0),
                (1_790_000_001, 5_000_000),
                (1_790_000_002, 471_194_000),
                (1_790_000_003, 1),
                (-62_135_596_800, 999_999_999),
                (253_402_300_799, 100_000_000),
                (1_790_000_039, 1_500_000_000),
            ] {
                let stamp = DateTime::from_timestamp(seconds, nanos).expect("a moment");
                let mut out = Vec::new();
                write(&stamp, &mut out);
                let expected = format!("\"{}\"", stamp.to_rfc3339_opts(SecondsFormat::AutoSi, true));
                assert_eq!(String::from_utf8_lossy(&out), expected);
            }
        }
    }
}

/// Writes a text as JSON text. Returns false for an unknown variant of an enum.
pub(super) fn write_text(kind: &Kind, text: &str, out: &mut Vec<u8>) -> bool {
    if let Kind::File = kind {
        // The key is not shown to anyone. Rows of a resource have the path of the download, too.
        let written = file::write(text, None, out);
        if !written {
            out.extend_from_slice(b"null");
        }
        return written;
    }
    if is_variant(kind, text) {
        return json(out, text);
    }
    out.extend_from_slice(b"null");
    false
}

fn is_variant(kind: &Kind, text: &str) -> bool {
    match kind {
        Kind::Enum(spec) => spec.variants.iter().any(|variant| variant.value == text),
        _ => true,
    }
}

fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> bool {
    let start = out.len();
    let written = serde_json::to_writer(&mut *out, value).is_ok();
    if !written {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
    written
}

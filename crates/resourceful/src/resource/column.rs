//! Columns to values. The database may contain values that the type of a field cannot hold, because other programs write to it too.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sea_orm::{ColIdx, DbErr, QueryResult, RuntimeErr, TryGetError, TryGetable};
use serde_json::Value as JsonValue;
use serde_json::value::RawValue;
use sqlx::types::Json;

use super::types::FieldValue;
use crate::spec::{Kind, TypeSpec};

/// Reads a column.
pub(super) fn read(ty: &TypeSpec, row: &QueryResult, column: impl ColIdx) -> Result<FieldValue, TryGetError> {
    #[cfg(feature = "postgres")]
    if let Some(found) = row.try_as_pg_row().and_then(|pg| postgres::read(&ty.kind, pg, column)) {
        return found;
    }
    #[cfg(feature = "sqlite")]
    if row.try_as_sqlite_row().is_some()
        && let Some(found) = sqlite::read(&ty.kind, row, column)
    {
        return found;
    }
    Ok(match ty.kind {
        Kind::I16 => FieldValue::SmallInt(whole(row, column)?),
        Kind::I32 => FieldValue::Int(whole(row, column)?),
        Kind::I64 => FieldValue::BigInt(whole(row, column)?),
        Kind::F32 => FieldValue::Float(get(row, column)?),
        Kind::F64 => FieldValue::Double(double(row, column)?),
        Kind::Decimal => FieldValue::Decimal(exact(row, column)?),
        Kind::String | Kind::Enum(_) | Kind::File => FieldValue::String(get(row, column)?),
        Kind::Bool => FieldValue::Bool(get(row, column)?),
        Kind::Uuid => FieldValue::Uuid(get(row, column)?),
        Kind::Date => FieldValue::ChronoDate(get(row, column)?),
        Kind::Time => FieldValue::ChronoTime(get(row, column)?),
        Kind::DateTime => FieldValue::ChronoDateTime(get(row, column)?),
        Kind::Timestamp => FieldValue::ChronoDateTimeUtc(get(row, column)?),
        Kind::Json(_) => FieldValue::Json(get::<JsonValue>(row, column)?.map(Box::new)),
        Kind::Bytes => FieldValue::Bytes(get(row, column)?),
    })
}

/// The text of a column of text.
pub(super) fn text(row: &QueryResult, column: usize) -> Result<Option<&str>, TryGetError> {
    #[cfg(feature = "postgres")]
    if let Some(row) = row.try_as_pg_row() {
        return match postgres::text(row, column) {
            Some(text) => Ok(text),
            None => sqlx::Row::try_get(row, column).map_err(query_error),
        };
    }
    #[cfg(feature = "sqlite")]
    if let Some(row) = row.try_as_sqlite_row() {
        return sqlx::Row::try_get(row, column).map_err(query_error);
    }
    Err(unreadable("text"))
}

/// The text of a JSON column: valid JSON, with numbers as the database has them.
pub(super) fn json_text(row: &QueryResult, column: usize) -> Result<Option<&str>, TryGetError> {
    #[cfg(feature = "postgres")]
    if let Some(row) = row.try_as_pg_row() {
        return text_of(sqlx::Row::try_get(row, column));
    }
    #[cfg(feature = "sqlite")]
    if let Some(row) = row.try_as_sqlite_row() {
        return text_of(sqlx::Row::try_get(row, column));
    }
    Err(unreadable("JSON"))
}

fn text_of(json: Result<Option<Json<&RawValue>>, sqlx::Error>) -> Result<Option<&str>, TryGetError> {
    Ok(json.map_err(query_error)?.map(|json| json.0.get()))
}

fn get<T: TryGetable>(row: &QueryResult, column: impl ColIdx) -> Result<Option<T>, TryGetError> {
    row.try_get_by_nullable::<Option<T>, _>(column)
}

/// A whole number, also from a column that is wider or narrower than the field.
fn whole<T>(row: &QueryResult, column: impl ColIdx) -> Result<Option<T>, TryGetError>
where
    T: TryGetable + TryFrom<i64>,
{
    let own = get::<T>(row, column);
    if own.is_ok() {
        return own;
    }
    let found = get::<i64>(row, column)
        .or_else(|_| get::<i32>(row, column).map(|number| number.map(i64::from)))
        .or_else(|_| get::<i16>(row, column).map(|number| number.map(i64::from)));
    found?.map(|number| number.try_into().map_err(|_| unreadable("a number of the field's type"))).transpose()
}

/// A double, also from a column of single precision or of exact numbers.
fn double(row: &QueryResult, column: impl ColIdx) -> Result<Option<f64>, TryGetError> {
    let own = get::<f64>(row, column);
    if own.is_ok() {
        return own;
    }
    let single = get::<f32>(row, column).map(|number| number.map(f64::from));
    let found = single.or_else(|_| {
        let exact = get::<Decimal>(row, column)?;
        exact.map(|number| number.to_f64().ok_or_else(|| unreadable("a double"))).transpose()
    });
    found.or(own)
}

/// A decimal, also from a column of whole numbers.
fn exact(row: &QueryResult, column: impl ColIdx) -> Result<Option<Decimal>, TryGetError> {
    let own = get::<Decimal>(row, column);
    if own.is_ok() {
        return own;
    }
    whole::<i64>(row, column).map(|number| number.map(Decimal::from)).or(own)
}

fn unreadable(what: &str) -> TryGetError {
    DbErr::Type(format!("the column does not contain {what}")).into()
}

fn query_error(error: sqlx::Error) -> TryGetError {
    DbErr::Query(RuntimeErr::SqlxError(error.into())).into()
}

/// Values that the driver reads incorrectly or with a panic: timestamps that chrono cannot hold, such as `infinity`, and
/// decimals with more digits than a `Decimal` has. And values of the frequent types, which SeaORM and the driver read in
/// several steps.
#[cfg(feature = "postgres")]
mod postgres {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
    use rust_decimal::Decimal;
    use sea_orm::{ColIdx, TryGetError};
    use sqlx::postgres::{PgRow, PgValueFormat};
    use sqlx::{Row, TypeInfo, ValueRef};

    use super::{query_error, unreadable};
    use crate::resource::{FieldValue, null_of};
    use crate::spec::Kind;

    /// A text in a column of one of PostgreSQL's types for texts; `None` for another column.
    pub(super) fn text(row: &PgRow, column: usize) -> Option<Option<&str>> {
        let value = row.try_get_raw(column).ok()?;
        if value.is_null() {
            return Some(None);
        }
        let is_text = matches!(value.type_info().name(), "TEXT" | "VARCHAR" | "CHAR");
        if is_text { value.as_str().ok().map(Some) } else { None }
    }

    /// `None` where the driver must read the value.
    pub(super) fn read(kind: &Kind, row: &PgRow, column: impl ColIdx) -> Option<Result<FieldValue, TryGetError>> {
        let (own_type, what) = match kind {
            Kind::Decimal => ("NUMERIC", "a decimal of at most 28 digits"),
            Kind::Date => ("DATE", "a date"),
            Kind::Time => ("TIME", "a time of day"),
            Kind::DateTime => ("TIMESTAMP", "a date and a time"),
            Kind::Timestamp => ("TIMESTAMPTZ", "a timestamp"),
            Kind::Uuid => ("UUID", "a UUID"),
            Kind::I16 => ("INT2", "a number"),
            Kind::I32 => ("INT4", "a number"),
            Kind::I64 => ("INT8", "a number"),
            Kind::Bool => ("BOOL", "true or false"),
            _ => return None,
        };
        let value = match row.try_get_raw(column.as_sqlx_postgres_index()) {
            Ok(value) => value,
            Err(error) => return Some(Err(query_error(error))),
        };
        if value.is_null() {
            return Some(Ok(null_of(kind)));
        }
        // Prepared statements answer in binary; text comes only from unprepared ones.
        let found_type = value.type_info();
        // Both are microseconds; a time without a zone is one in UTC.
        let is_moment = |name: &str| matches!(name, "TIMESTAMP" | "TIMESTAMPTZ");
        let is_own = found_type.name() == own_type || is_moment(own_type) && is_moment(found_type.name());
        if !is_own || value.format() != PgValueFormat::Binary {
            return None;
        }
        let bytes = value.as_bytes().unwrap_or_default();
        let found = match kind {
            Kind::Decimal => decimal(bytes).map(|number| FieldValue::Decimal(Some(number))),
            Kind::Date => date(bytes).map(|date| FieldValue::ChronoDate(Some(date))),
            Kind::Time => time(bytes).map(|time| FieldValue::ChronoTime(Some(time))),
            Kind::DateTime => date_time(bytes).map(|moment| FieldValue::ChronoDateTime(Some(moment))),
            Kind::Uuid => uuid::Uuid::from_slice(bytes).ok().map(|id| FieldValue::Uuid(Some(id))),
            Kind::I16 => bytes.try_into().ok().map(|bytes| FieldValue::SmallInt(Some(i16::from_be_bytes(bytes)))),
            Kind::I32 => bytes.try_into().ok().map(|bytes| FieldValue::Int(Some(i32::from_be_bytes(bytes)))),
            Kind::I64 => bytes.try_into().ok().map(|bytes| FieldValue::BigInt(Some(i64::from_be_bytes(bytes)))),
            Kind::Bool => bytes.first().map(|&byte| FieldValue::Bool(Some(byte != 0))),
            _ => date_time(bytes).map(|moment| {
                FieldValue::ChronoDateTimeUtc(Some(DateTime::from_naive_utc_and_offset(moment, chrono::Utc)))
            }),
        };
        Some(found.ok_or_else(|| unreadable(what)))
    }

    /// Days since 2000.
    fn date(bytes: &[u8]) -> Option<NaiveDate> {
        let days = TimeDelta::try_days(i32::from_be_bytes(bytes.try_into().ok()?).into())?;
        NaiveDate::from_ymd_opt(2000, 1, 1)?.checked_add_signed(days)
    }

    /// Microseconds since midnight; `24:00:00` is a time to PostgreSQL.
    fn time(bytes: &[u8]) -> Option<NaiveTime> {
        let micros = i64::from_be_bytes(bytes.try_into().ok()?);
        let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
        NaiveTime::from_num_seconds_from_midnight_opt(seconds.try_into().ok()?, u32::try_from(rest).ok()? * 1_000)
    }

    /// Microseconds since 2000.
    fn date_time(bytes: &[u8]) -> Option<NaiveDateTime> {
        // From 1970 to 2000.
        let begin = 946_684_800_000_000;
        let micros = i64::from_be_bytes(bytes.try_into().ok()?).checked_add(begin)?;
        // The range of chrono is larger than that of PostgreSQL, and 64 bits of microseconds cover the latter.
        DateTime::from_timestamp_micros(micros).map(|moment| moment.naive_utc())
    }

    /// Digits to the base of 10,000, the power of the first, the sign, and how many digits are after the decimal point.
    fn decimal(bytes: &[u8]) -> Option<Decimal> {
        let word = |at: usize| Some([*bytes.get(at * 2)?, *bytes.get(at * 2 + 1)?]);
        let (count, weight) = (usize::from(u16::from_be_bytes(word(0)?)), i32::from(i16::from_be_bytes(word(1)?)));
        let (sign, mut scale) = (u16::from_be_bytes(word(2)?), u32::from(u16::from_be_bytes(word(3)?)));
        let negative = match sign {
            0 => false,
            0x4000 => true,
            // NaN and the infinities
            _ => return None,
        };
        if count == 0 {
            return Some(Decimal::ZERO);
        }
        let mut number: i128 = 0;
        for at in 0..count {
            number = number.checked_mul(10_000)?.checked_add(u16::from_be_bytes(word(4 + at)?).into())?;
        }
        scale = scale.min(Decimal::MAX_SCALE);
        // From the power of the last digit to that of the last decimal digit.
        let mut shift = (weight - (count as i32 - 1)) * 4 + scale as i32;
        while shift > 0 {
            match number.checked_mul(10) {
                Some(more) => number = more,
                // Only zeros would follow, and a decimal cannot have so many after its point.
                None => {
                    scale = scale.checked_sub(shift.unsigned_abs())?;
                    break;
                }
            }
            shift -= 1;
        }
        while shift < 0 {
            number = (number % 10 == 0).then_some(number / 10)?;
            shift += 1;
        }
        while number.unsigned_abs() >> 96 > 0 && scale > 0 {
            number = (number % 10 == 0).then_some(number / 10)?;
            scale -= 1;
        }
        Decimal::try_from_i128_with_scale(if negative { -number } else { number }, scale).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::decimal;

        fn numeric(words: &[u16]) -> Option<String> {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            decimal(&bytes).map(|number| number.to_string())
        }

        #[test]
        fn decimals_to_the_last_digit() {
            let cases: &[(&[u16], Option<&str>)] = &[
                (&[0, 0, 0, 2], Some("0")),
                (&[1, 0, 0, 0, 5], Some("5")),
                (&[2, 0, 0x4000, 2, 1, 5000], Some("-1.50")),
                (&[1, 0xffff, 0, 4, 1], Some("0.0001")),
                (&[1, 1, 0, 0, 3], Some("30000")),
                (&[1, 0xfff9, 0, 28, 1], Some("0.0000000000000000000000000001")),
                // 1.5 with 40 digits after the point
                (&[2, 0, 0, 40, 1, 5000], Some("1.5000000000000000000000000000")),
                // 10^28 and more digits after the point than fit
                (&[1, 7, 0, 2, 1], Some("10000000000000000000000000000")),
                (&[1, 8, 0, 0, 1], None),
                (&[0, 0, 0xc000, 0], None),
                (&[0, 0, 0xd000, 0x20], None),
                (&[0, 0, 0xf000, 0x20], None),
                (&[1, 0xfff8, 0, 32, 1], None),
                (&[4, 0], None),
            ];
            for (words, expected) in cases {
                assert_eq!(numeric(words).as_deref(), *expected, "{words:?}");
            }
        }
    }
}

/// SQLite stores any value in any column.
#[cfg(feature = "sqlite")]
mod sqlite {
    use rust_decimal::Decimal;
    use sea_orm::{ColIdx, QueryResult, TryGetError};
    use sqlx::Row;

    use super::{get, unreadable};
    use crate::resource::FieldValue;
    use crate::spec::Kind;

    /// `None` where the driver reads the value correctly.
    pub(super) fn read(kind: &Kind, row: &QueryResult, column: impl ColIdx) -> Option<Result<FieldValue, TryGetError>> {
        match kind {
            Kind::Decimal => Some(decimal(row, column).map(FieldValue::Decimal)),
            Kind::Bool => Some(flag(row, column).map(FieldValue::Bool)),
            Kind::F32 => Some(real(row, column).map(|number| FieldValue::Float(number.map(|number| number as f32)))),
            Kind::F64 => Some(real(row, column).map(FieldValue::Double)),
            Kind::Date | Kind::DateTime | Kind::Timestamp => {
                let text = row.try_as_sqlite_row()?.try_get::<&str, _>(column.as_sqlx_sqlite_index()).ok()?;
                // Years of more than four digits have a sign, and the driver's sums with them can overflow.
                text.starts_with(['+', '-']).then(|| Err(unreadable("a date")))
            }
            _ => None,
        }
    }

    /// Our decimal columns are text, because SQLite has no decimals; a column of another type stores numbers.
    fn decimal(row: &QueryResult, column: impl ColIdx) -> Result<Option<Decimal>, TryGetError> {
        let text = get::<String>(row, column)
            .or_else(|_| get::<i64>(row, column).map(|number| number.map(|number| number.to_string())))
            .or_else(|_| get::<f64>(row, column).map(|number| number.map(|number| number.to_string())))?;
        text.map(|text| Decimal::from_str_exact(&text).map_err(|_| unreadable("a decimal"))).transpose()
    }

    fn flag(row: &QueryResult, column: impl ColIdx) -> Result<Option<bool>, TryGetError> {
        match get::<i64>(row, column)? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(_) => Err(unreadable("true or false")),
        }
    }

    /// A column without the type `real` keeps `1.0` as a whole number.
    fn real(row: &QueryResult, column: impl ColIdx) -> Result<Option<f64>, TryGetError> {
        let own = get::<f64>(row, column);
        let whole = || get::<i64>(row, column).ok().flatten().filter(|number| number.unsigned_abs() <= 1 << 53);
        own.or_else(|error| whole().map(|number| Some(number as f64)).ok_or(error))
    }
}

//! The values of a cursor are read back exactly, and nothing else is accepted as a cursor.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use resourceful::internals::query::cursor;
use resourceful::internals::query::seek::Key;
use resourceful::internals::resource::{FieldValue, null_of};
use resourceful::spec::Kind;
use rust_decimal::Decimal;
use sea_orm::sea_query::Expr;
use uuid::Uuid;

use super::fixture::STATUS;
use super::reference::text;

pub(crate) fn key(kind: Kind, nullable: bool) -> Key {
    Key { expr: Expr::col("any"), kind, nullable, descending: false }
}

fn moments() -> Vec<DateTime<Utc>> {
    let moment = |text: &str| text.parse().expect(text);
    [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000001Z",
        "2026-01-01T00:00:00.1Z",
        "9999-12-31T23:59:59.999999Z",
    ]
    .map(moment)
    .to_vec()
}

/// Values of each kind, its limits among them.
pub(crate) fn every_kind() -> Vec<(Kind, Vec<FieldValue>)> {
    use FieldValue as V;
    let decimal = |text: &str| V::Decimal(Some(text.parse::<Decimal>().expect(text)));
    let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day");
    let time = |text: &str| text.parse::<NaiveTime>().expect(text);
    let naive: Vec<NaiveDateTime> = moments().iter().map(DateTime::naive_utc).collect();
    let long = "é😀\"\\/\n\u{1}\u{7f}\u{2028}".repeat(100);
    vec![
        (Kind::I16, [i16::MIN, -1, 0, i16::MAX].map(|number| V::SmallInt(Some(number))).to_vec()),
        (Kind::I32, [i32::MIN, -1, 0, i32::MAX].map(|number| V::Int(Some(number))).to_vec()),
        (Kind::I64, [i64::MIN, -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX].map(|number| V::BigInt(Some(number))).to_vec()),
        (
            Kind::F32,
            [f32::MIN, -0.0, 0.0, 0.1, f32::MIN_POSITIVE, f32::from_bits(1), 16_777_217.0, f32::MAX]
                .map(|number| V::Float(Some(number)))
                .to_vec(),
        ),
        (
            Kind::F64,
            [f64::MIN, -0.0, 0.0, 0.1, 0.1 + 0.2, f64::MIN_POSITIVE, f64::from_bits(1), 5e-324, f64::MAX]
                .map(|number| V::Double(Some(number)))
                .to_vec(),
        ),
        (
            Kind::Decimal,
            ["0", "12.50", "-0.0000000000000000000000000001", "79228162514264337593543950335", "0.1"]
                .map(decimal)
                .to_vec(),
        ),
        (Kind::String, ["", " a ", "null", "\u{10ffff}", &long].map(|value| text(Some(value))).to_vec()),
        (Kind::Bool, [true, false].map(|flag| V::Bool(Some(flag))).to_vec()),
        (Kind::Uuid, [Uuid::nil(), Uuid::max(), Uuid::now_v7()].map(|id| V::Uuid(Some(id))).to_vec()),
        (
            Kind::Date,
            [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31), date(-44, 3, 15), date(12026, 1, 1)]
                .map(|day| V::ChronoDate(Some(day)))
                .to_vec(),
        ),
        (
            Kind::Time,
            ["00:00:00", "12:00:00.5", "23:59:59.999999"].map(|text| V::ChronoTime(Some(time(text)))).to_vec(),
        ),
        (Kind::DateTime, naive.into_iter().map(|moment| V::ChronoDateTime(Some(moment))).collect()),
        (Kind::Timestamp, moments().into_iter().map(|moment| V::ChronoDateTimeUtc(Some(moment))).collect()),
        // A row may still have a variant that was removed from the enum.
        (Kind::Enum(&STATUS), ["open", "archived"].map(|value| text(Some(value))).to_vec()),
    ]
}

/// Tells -0.0 from 0.0, which are equal.
#[track_caller]
fn check(keys: &[Key], values: &[FieldValue]) {
    let written = cursor::write(keys, values);
    let read = cursor::read(keys, &written);
    let shown = String::from_utf8_lossy(&written);
    assert_eq!(format!("{read:?}"), format!("{:?}", Some(values)), "{shown}");
}

#[test]
fn values_of_every_kind_come_back() {
    for (kind, values) in every_kind() {
        for value in &values {
            check(&[key(kind, false)], std::slice::from_ref(value));
            check(&[key(kind, true)], std::slice::from_ref(value));
        }
        check(&[key(kind, true)], &[null_of(&kind)]);
    }
    let (kinds, values): (Vec<Kind>, Vec<FieldValue>) =
        every_kind().into_iter().map(|(kind, values)| (kind, values[0].clone())).unzip();
    let keys: Vec<Key> = kinds.into_iter().map(|kind| key(kind, true)).collect();
    check(&keys, &values);
    check(&keys, &keys.iter().map(|key| null_of(&key.kind)).collect::<Vec<_>>());
}

#[test]
fn invalid_texts_are_refused_as_cursors() {
    for (kind, texts) in [
        (Kind::I32, &["", "1", "[", "[]", "{}", "[1,2]", "[null]", "[2147483648]", "[1.0]", r#"["1"]"#, "[true]"][..]),
        (Kind::F64, &["[0.5]", "[-1]", r#"["1"]"#, "[18446744073709551616]", "[null]"]),
        (Kind::F32, &["[4294967296]", "[0.5]", "[-1]"]),
        (Kind::String, &["[1]", r#"["\u0000"]"#, r#"["\ud800"]"#, "[\"\u{1}\"]"]),
        (Kind::Enum(&STATUS), &["[1]", "[null]", "[[]]"]),
        (Kind::Bool, &["[1]", r#"["true"]"#]),
        (Kind::Uuid, &[r#"["a"]"#, "[1]"]),
        (Kind::Timestamp, &[r#"["2026-01-01"]"#, r#"["2026-13-01T00:00:00Z"]"#, "[0]"]),
        (Kind::Decimal, &["[1]", r#"["1e5"]"#, r#"["NaN"]"#]),
    ] {
        for text in texts {
            assert!(cursor::read(&[key(kind, false)], text.as_bytes()).is_none(), "{kind:?}: {text}");
        }
    }
    assert!(cursor::read(&[key(Kind::I32, false)], &[0xff, 0xfe]).is_none());
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(cursor::read(&[key(Kind::I32, false)], deep.as_bytes()).is_none());
}

//! JSON as text: on its way into a column and out of one, without a tree of values between.

use std::io::{self, Write};

use sea_orm::DbBackend;
use serde::Serialize;
use serde_json::Value as JsonValue;
use serde_json::ser::Formatter;

use super::number;

/// The text of a JSON value as this database gets it. PostgreSQL's jsonb keeps numbers as decimals: a double is written
/// so that it stays one there. Zero has no sign, because jsonb keeps none.
pub(crate) fn stored(backend: DbBackend, value: &JsonValue) -> String {
    let mut out = Vec::with_capacity(64);
    let formatter = Stored { plain: backend == DbBackend::Postgres };
    // Writing a tree of JSON to a Vec cannot fail.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter));
    String::from_utf8(out).unwrap_or_default()
}

struct Stored {
    /// Doubles in plain digits.
    plain: bool,
}

impl Formatter for Stored {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, number: f64) -> io::Result<()> {
        // `-0.0 + 0.0` is `0.0`.
        let number = number + 0.0;
        if self.plain {
            return writer.write_all(number::plain(number).as_bytes());
        }
        serde_json::to_writer(writer, &number).map_err(io::Error::from)
    }
}

/// Writes the text of a JSON column into an answer: without the spaces between values, and with doubles in their short
/// form where [`stored`] has written them in plain digits. Everything else stays as it is in the column. Returns whether
/// that was possible: many readers of JSON reject a whole text because of one number outside of the range of doubles.
pub(super) fn shown(text: &str, out: &mut Vec<u8>) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' => end_of_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = end_of_number(bytes, at);
                if is_beyond_doubles(&text[at..end]) {
                    return false;
                }
                end
            }
            _ => at + 1,
        };
        match short(&text[at..end]) {
            Some(number) => drop(serde_json::to_writer(&mut *out, &number)),
            None => out.extend_from_slice(&bytes[at..end]),
        }
        at = end;
    }
    true
}

fn is_beyond_doubles(number: &str) -> bool {
    let may_be = number.len() > 308 || number.contains(['e', 'E']);
    may_be && number.parse().is_ok_and(f64::is_infinite)
}

/// The double with these plain digits, if its short form is different.
fn short(token: &str) -> Option<f64> {
    // A string begins with a quotation mark. Other numbers look the same in both forms.
    let digits = token.strip_prefix('-').unwrap_or(token);
    let may_differ = digits.starts_with("0.000") || digits.len() > 16;
    if !may_differ || !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.contains('.') {
        return None;
    }
    token.parse().ok().filter(|number: &f64| number.is_finite() && number::plain(*number) == token)
}

/// The position after the string that begins here, or the end.
pub(super) fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'"' => return at + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    bytes.len()
}

/// The position after the number that begins here.
pub(super) fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let rest = bytes[start..].iter();
    start + rest.take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn doubles_are_the_same_on_both_databases() {
        for number in [0.1, 1e15, 1e16, 1.5e300, f64::MAX, 5e-324, -2.5, 1e-7, 117.63331139400017] {
            let value = json!({"a": [number, {"b": number}]});
            for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
                let mut out = Vec::new();
                assert!(shown(&stored(backend, &value), &mut out));
                assert_eq!(String::from_utf8(out).expect("text"), value.to_string());
            }
        }
        assert_eq!(stored(DbBackend::Sqlite, &json!([-0.0, -1])), "[0.0,-1]");
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        let text = "{ \"a b\" : [ 1.50 , 1e5, 123456789012345678901234567890.125 ] ,\n\"\\\" 1 2\" : null }";
        let mut out = Vec::new();
        assert!(shown(text, &mut out));
        let compact = "{\"a b\":[1.50,1e5,123456789012345678901234567890.125],\"\\\" 1 2\":null}";
        assert_eq!(String::from_utf8(out).expect("text"), compact);
        for number in ["1e400", "-1E309", &format!("1{}", "0".repeat(400)), &format!("{}.0", "9".repeat(310))] {
            assert!(!shown(&format!("[{number}]"), &mut Vec::new()), "{number}");
        }
    }
}

//! Bodies: strict JSON, with limits.
//!
//! A text is scanned once before it is parsed. The scan counts its values, because a tree of very small values takes a
//! hundred times the memory of its text. It also finds the numbers that cannot be stored exactly.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{json_text, number};
use crate::error::{Error, Result, catalogue, codes};
use crate::json::{pointer, strict};
use crate::rules::RuleError;

/// The parts that an object and an array count as: they use about as much memory as this many small values.
const OBJECT: usize = 9;
const ARRAY: usize = 3;

/// The most items of a bulk request.
pub const BULK_MAX: usize = 100;

/// The most errors that an answer lists: a body of a megabyte could have a hundred thousand.
pub(super) const MOST_ERRORS: usize = 50;

/// A body: a JSON value, and which of its numbers were rounded when it was parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// The value.
    pub value: Value,
    /// Pointers to the rounded numbers; at most 50.
    rounded: Vec<String>,
}

/// The numbers of a value that typed code made are exact.
impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self { value, rounded: Vec::new() }
    }
}

impl Body {
    /// The pointers of the numbers at this pointer and below it that cannot be stored exactly.
    pub(crate) fn rounded_at<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = &'a str> {
        let within =
            move |at: &str| at.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.rounded.iter().map(String::as_str).filter(move |at| within(at))
    }

    /// Whether any number was rounded.
    pub(crate) fn is_rounded(&self) -> bool {
        !self.rounded.is_empty()
    }

    /// Takes a member out of the object.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.value.as_object_mut()?.remove(name)
    }
}

/// The error of a number that cannot be stored exactly.
pub(crate) fn rounded() -> RuleError {
    let message = format!(
        "is a number that cannot be stored exactly: integers have 64 bits, other numbers at most {} significant digits; \
         send it as a string",
        number::MOST_DIGITS
    );
    RuleError::new(codes::PRECISION, message)
}

/// Reads one JSON text of at most `most_parts` parts: each name, string, number, `true`, `false` and `null` is one, an array
/// is three, an object nine. `most_items` is the limit for the items of a bulk request.
///
/// # Errors
/// 400 `malformed-json` with the line and the column, 413 for a text of more parts, 422 for one of more items and parts.
pub fn parse_json(bytes: &[u8], most_parts: usize, most_items: usize) -> Result<Body> {
    let malformed = |detail: String| Error::new(&catalogue::MALFORMED_JSON, detail);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The body is empty; send a JSON text".to_owned()));
    }
    let scan = scan(bytes);
    if scan.parts > most_parts {
        if scan.items > most_items {
            return Err(bulk_limit(scan.items));
        }
        let detail = format!(
            "The body contains more than {most_parts} values: each name, string, number, true, false and null counts as \
             one, an array as {ARRAY}, an object as {OBJECT}. Send it in several requests, or use fewer and larger values"
        );
        return Err(Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail));
    }
    let value = strict::value(bytes).map_err(|error| malformed(describe(&error)))?;
    let rounded = if scan.rounded.is_empty() { Vec::new() } else { pointers(bytes, scan.rounded) };
    Ok(Body { value, rounded })
}

/// The pointers of the numbers of a text that 64-bit integers and doubles cannot hold exactly.
pub(crate) fn rounded_numbers(text: &str) -> Vec<String> {
    let scan = scan(text.as_bytes());
    if scan.rounded.is_empty() { Vec::new() } else { pointers(text.as_bytes(), scan.rounded) }
}

/// 422 for a bulk request without items or with too many.
pub(super) fn bulk_limit(count: usize) -> Error {
    Error::new(
        &catalogue::BULK_LIMIT,
        format!("A bulk request must contain 1 to {BULK_MAX} items; this one contains {count}"),
    )
}

/// How many parts a text has.
pub(crate) fn parts(text: &str) -> usize {
    scan(text.as_bytes()).parts
}

/// The result of a scan.
struct Scan {
    parts: usize,
    /// How many items it has if it is an array.
    items: usize,
    /// Which numbers are rounded, counted from the beginning of the text.
    rounded: Vec<usize>,
}

fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan { parts: 0, items: 1, rounded: Vec::new() };
    let (mut at, mut numbers, mut depth) = (0, 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let mut end = at + 1;
        let part = match byte {
            b'{' | b'[' => {
                depth += 1;
                if byte == b'{' { OBJECT } else { ARRAY }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                0
            }
            b',' => {
                scan.items += usize::from(depth == 1);
                0
            }
            b't' | b'f' | b'n' => {
                end += bytes[end..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
                1
            }
            b'"' => {
                end = json_text::end_of_string(bytes, at);
                1
            }
            b'-' | b'0'..=b'9' => {
                end = json_text::end_of_number(bytes, at);
                let kept = std::str::from_utf8(&bytes[at..end]).is_ok_and(number::is_kept);
                if !kept && scan.rounded.len() < MOST_ERRORS {
                    scan.rounded.push(numbers);
                }
                numbers += 1;
                1
            }
            _ => 0,
        };
        scan.parts += part;
        // The parser refuses deeper nesting, and reports it.
        if depth > MOST_LEVELS {
            break;
        }
        at = end;
    }
    scan
}

/// The depth that serde_json parses.
const MOST_LEVELS: usize = 128;

/// The pointers of the numbers with these places in the text.
fn pointers(bytes: &[u8], places: Vec<usize>) -> Vec<String> {
    let mut finder = Finder { places, numbers: 0, path: Vec::new(), found: Vec::new() };
    // A text that cannot be parsed has been refused already.
    let _ = At(&mut finder).deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    finder.found
}

struct Finder {
    places: Vec<usize>,
    numbers: usize,
    path: Vec<String>,
    found: Vec<String>,
}

impl Finder {
    fn number(&mut self) {
        if self.places.contains(&self.numbers) {
            self.found.push(self.path.iter().map(|step| format!("/{step}")).collect());
        }
        self.numbers += 1;
    }
}

/// Finds numbers below the finder's path.
struct At<'a>(&'a mut Finder);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.0.number();
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.0.number();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.0.number();
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for place in 0.. {
            self.0.path.push(place.to_string());
            let item = seq.next_element_seed(At(self.0))?;
            self.0.path.pop();
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(name) = access.next_key::<String>()? {
            self.0.path.push(pointer::step(&name));
            access.next_value_seed(At(self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}

/// The message of serde_json, cut because some messages quote the input.
fn describe(error: &serde_json::Error) -> String {
    let text: String = error.to_string().chars().take(200).collect();
    format!("The body is not valid JSON: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_numbers_are_found_where_they_stand() {
        let text = r#"[{"b": 1, "a/~": [0.5, 18446744073709551616], "\"-1e-999": "1e-999"}, -1e-999, 12]"#;
        let body = parse_json(text.as_bytes(), 100, 1).expect("JSON");
        assert_eq!(body.rounded, ["/0/a~1~0/1", "/1"]);
        assert_eq!(body.rounded_at("/0").collect::<Vec<_>>(), ["/0/a~1~0/1"]);
        assert_eq!(body.rounded_at("/").count(), 0);
        assert!(!parse_json(br#"{"a": [1.5, -3, 1E5]}"#, 100, 1).expect("JSON").is_rounded());
    }

    #[test]
    fn parts_are_counted() {
        // Nine for the object, three for the array, three names, four values.
        let text = r#"{"a": [true, null], "b": "c:[{", "d": -1.5e3}"#;
        assert!(parse_json(text.as_bytes(), 19, usize::MAX).is_ok());
        let error = parse_json(text.as_bytes(), 18, usize::MAX).expect_err("one too many");
        assert!(error.is(&catalogue::PAYLOAD_TOO_LARGE), "{error}");
    }
}

//! JSON text as RFC 8259 has it, and with names that are unique within an object (section 4 only says SHOULD): two
//! readers that choose different members of a doubled name are how checks are bypassed.
//!
//! A text is looked at once before it is read: how many values it holds, because a tree of very small ones takes a
//! hundred times its text in memory; and which numbers would not be kept as they are spelled.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::decode::{MOST_MISTAKES, bulk_limit};
use super::shape::escape;
use super::{json_text, number};
use crate::error::{Error, Result, catalogue};
use crate::rules::RuleError;

/// What an object and an array count as: about as much memory as so many small values.
const OBJECT: usize = 9;
const ARRAY: usize = 3;

/// A body: a JSON value, and which of its numbers were rounded when it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    /// The value.
    pub value: Value,
    /// Pointers to the numbers that the value does not hold as they were spelled; at most 50.
    rounded: Vec<String>,
}

/// A value that typed code made holds its numbers as they are.
impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self { value, rounded: Vec::new() }
    }
}

impl Body {
    /// The numbers at this pointer and below it that would be stored as others, each with its pointer.
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

/// What is said of a number that would be stored as another one.
pub(crate) fn rounded() -> RuleError {
    let message = format!(
        "is a number that cannot be kept exactly: an integer has 64 bits, another number {} significant digits at most; \
         send it as a string",
        number::MOST_DIGITS
    );
    RuleError::new("precision", message)
}

/// Reads one JSON text of at most so many parts: each name, string, number, `true`, `false` and `null` is one, an array
/// is three, an object nine. It may be meant to be an array of at most so many items.
///
/// # Errors
/// 400 `malformed-json` with the line and the column, 413 for a text of more parts, 422 for one of more items and parts.
pub fn parse_json(bytes: &[u8], most_parts: usize, most_items: usize) -> Result<Body> {
    let malformed = |detail: String| Error::new(&catalogue::MALFORMED_JSON, detail);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The body is empty; send a JSON text".to_owned()));
    }
    let look = look(bytes);
    if look.parts > most_parts {
        if look.items > most_items {
            return Err(bulk_limit(look.items));
        }
        let detail = format!(
            "The body holds more than {most_parts} parts: each name, string, number, true, false and null is one, an \
             array is {ARRAY}, an object {OBJECT}. Send it in several requests, or in fewer and larger values"
        );
        return Err(Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut deserializer).map_err(|error| malformed(describe(&error)))?;
    deserializer.end().map_err(|error| malformed(describe(&error)))?;
    let rounded = if look.rounded.is_empty() { Vec::new() } else { pointers(bytes, look.rounded) };
    Ok(Body { value, rounded })
}

/// The numbers of a text that a reader of 64-bit integers and doubles would not keep, each with its pointer.
pub(crate) fn rounded_numbers(text: &str) -> Vec<String> {
    let look = look(text.as_bytes());
    if look.rounded.is_empty() { Vec::new() } else { pointers(text.as_bytes(), look.rounded) }
}

/// How many parts a text has.
pub(crate) fn parts(text: &str) -> usize {
    look(text.as_bytes()).parts
}

/// What can be seen of a text without reading it.
struct Look {
    parts: usize,
    /// How many items it has if it is an array.
    items: usize,
    /// Which numbers are not kept as they are spelled, counted from the beginning of the text.
    rounded: Vec<usize>,
}

fn look(bytes: &[u8]) -> Look {
    let mut look = Look { parts: 0, items: 1, rounded: Vec::new() };
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
                look.items += usize::from(depth == 1);
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
                if !kept && look.rounded.len() < MOST_MISTAKES {
                    look.rounded.push(numbers);
                }
                numbers += 1;
                1
            }
            _ => 0,
        };
        look.parts += part;
        // The reader goes no deeper, and says so.
        if depth > MOST_LEVELS {
            break;
        }
        at = end;
    }
    look
}

/// How deep serde_json reads.
const MOST_LEVELS: usize = 128;

/// Where the numbers with these places in the text stand.
fn pointers(bytes: &[u8], places: Vec<usize>) -> Vec<String> {
    let mut finder = Finder { places, numbers: 0, path: Vec::new(), found: Vec::new() };
    // A text that cannot be read has been refused already.
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
            self.0.path.push(escape(&name));
            access.next_value_seed(At(self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}

/// serde_json's messages speak of JSON only; they are cut, because some quote the input.
fn describe(error: &serde_json::Error) -> String {
    let text: String = error.to_string().chars().take(200).collect();
    format!("The body is not valid JSON: {text}")
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if map.contains_key(&name) {
                let short: String = name.chars().take(64).collect();
                return Err(A::Error::custom(format_args!("the name {short:?} appears twice in one object")));
            }
            let value = access.next_value_seed(Strict)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
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

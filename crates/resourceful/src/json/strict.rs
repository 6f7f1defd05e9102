//! JSON whose objects contain each name once.
//!
//! RFC 8259 section 4 says that names SHOULD be unique; RFC 7515 section 4 and RFC 7519 section 4 let a reader of tokens
//! refuse repeated names. Where two readers take different values for a repeated name, one of them can be used to bypass
//! the checks of the other.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The longest name that an error repeats, in characters.
const LONGEST: usize = 64;

/// An object without repeated names at its top level.
pub(crate) struct Object(pub(crate) Map<String, Value>);

/// Reads one JSON object that fills all of `bytes`.
pub(crate) fn object(bytes: &[u8]) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_slice(bytes).map(|Object(members)| members)
}

/// Reads one JSON value that fills all of `bytes` and has no repeated names at any level.
pub(crate) fn value(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Unique.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads the members of an object, each value with this seed.
fn members<'de, A, S>(mut access: A, seed: S) -> Result<Map<String, Value>, A::Error>
where
    A: MapAccess<'de>,
    S: DeserializeSeed<'de, Value = Value> + Copy,
{
    let mut members = Map::new();
    while let Some(name) = access.next_key::<String>()? {
        if members.contains_key(&name) {
            let short: String = name.chars().take(LONGEST).collect();
            return Err(A::Error::custom(format_args!("the name {short:?} appears twice in one object")));
        }
        let value = access.next_value_seed(seed)?;
        members.insert(name, value);
    }
    Ok(members)
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TopLevel).map(Self)
    }
}

struct TopLevel;

impl<'de> Visitor<'de> for TopLevel {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        members(access, Any)
    }
}

/// Reads any value.
#[derive(Clone, Copy)]
struct Any;

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }
}

/// Reads a value without repeated names at any level.
#[derive(Clone, Copy)]
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
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
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        members(access, self).map(Value::Object)
    }
}

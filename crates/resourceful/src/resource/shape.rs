//! Why a value cannot be read as a type: the place in it, and what is expected there, without names of Rust types.
//!
//! A value is read by its own format first. Only one that cannot be is read once more by [`Given`], whose error knows
//! the place.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::error::{Code, codes};
use crate::json::pointer;
use crate::rules::{self, RuleError};

/// The longest sentence of another crate that an answer repeats, in characters.
const LONGEST: usize = 200;

/// What is wrong with a JSON value that cannot be read as `T`.
pub(crate) fn explain<T: DeserializeOwned>(json: &Value) -> RuleError {
    explained::<T>(Given::Json(json))
}

/// What is wrong with the parameters of a query that cannot be read as `T`; the pointer begins with the parameter.
pub(crate) fn explain_query<T: DeserializeOwned>(pairs: &[(String, String)]) -> RuleError {
    explained::<T>(Given::Query(pairs))
}

/// What is wrong with a number of a query that is infinite or not a number, where `T` reads a number.
pub(crate) fn infinite_in_query<T: DeserializeOwned>(pairs: &[(String, String)]) -> Option<RuleError> {
    let is_suspect = |text: &str| text.parse::<f64>().is_ok_and(|number| !number.is_finite());
    // An `f32` has a smaller range.
    let is_large = |text: &str| text.parse::<f32>().is_ok_and(|number| !number.is_finite());
    if !pairs.iter().any(|(_, text)| is_suspect(text) || is_large(text)) {
        return None;
    }
    T::deserialize(Given::Query(pairs)).err().map(|ShapeError(error)| error)
}

fn explained<T: DeserializeOwned>(given: Given<'_>) -> RuleError {
    match T::deserialize(given) {
        Err(ShapeError(error)) => error,
        // Its own format refuses the value and this reader does not: there is no more precise message.
        Ok(_) => RuleError::new(codes::TYPE, "does not have the expected shape"),
    }
}

/// Where in a JSON value the character U+0000 is, which no database here can hold.
pub(super) fn place_of_nul(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            let mut all = items.iter().enumerate();
            all.find_map(|(at, item)| place_of_nul(item).map(|place| format!("/{at}{place}")))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let place = if name.contains('\0') { Some(String::new()) } else { place_of_nul(value) };
            place.map(|place| format!("/{}{place}", pointer::step(name)))
        }),
        _ => None,
    }
}

/// The error of a reader that knows the place.
#[derive(Debug)]
struct ShapeError(RuleError);

impl ShapeError {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self(RuleError::new(code, message))
    }

    /// The same, one step further out.
    fn below(mut self, step: &str) -> Self {
        self.0.pointer.insert_str(0, &format!("/{}", pointer::step(step)));
        self
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        // The messages of types vary; those that name a type of Rust must not reach the caller.
        if names_type(&text) {
            return Self::new(codes::TYPE, "does not have the expected shape");
        }
        let text: String = text.chars().take(LONGEST).collect();
        Self::new(codes::TYPE, format!("cannot be read: {text}"))
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(codes::TYPE, must_be(&expected.to_string()))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(codes::TYPE, must_be(&expected.to_string()))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        let sentence = must_be(&expected.to_string());
        // A struct can be read from an array of its fields, which is never intended.
        let has = if sentence.ends_with("an object") { String::new() } else { format!("; this has {length}") };
        Self::new(codes::TYPE, sentence + &has)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let near = (variant.len() <= 64).then(|| rules::nearest(variant, expected)).flatten();
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Self::new(codes::ONE_OF, format!("must be {}{hint}", one_of(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(codes::UNKNOWN_FIELD, rules::unknown("field", field, expected)).below(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(codes::REQUIRED, "is required").below(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(codes::DUPLICATE, "must not appear twice").below(field)
    }
}

fn names_type(text: &str) -> bool {
    ["struct ", "enum ", "variant ", "::", "<", "type "].iter().any(|word| text.contains(word))
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing at all".to_owned(),
        [name] => (*name).to_owned(),
        _ => format!("one of {}", names.join(", ")),
    }
}

/// What serde calls what it expects, in words of JSON.
fn must_be(expected: &str) -> String {
    let number = |least: i128, most: i128| format!("a whole number between {least} and {most}");
    let words = match expected {
        "i8" => number(i8::MIN.into(), i8::MAX.into()),
        "i16" => number(i16::MIN.into(), i16::MAX.into()),
        "i32" => number(i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => number(i64::MIN.into(), i64::MAX.into()),
        "u8" => number(0, u8::MAX.into()),
        "u16" => number(0, u16::MAX.into()),
        "u32" => number(0, u32::MAX.into()),
        "u64" | "usize" => number(0, u64::MAX.into()),
        "i128" => "a whole number".to_owned(),
        "u128" => "a whole number of at least 0".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "bool" | "a boolean" => "true or false".to_owned(),
        "str" | "string" | "String" | "a borrowed string" => "a string".to_owned(),
        "char" | "a character" => "a string of one character".to_owned(),
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        "unit" | "()" => "null".to_owned(),
        _ => match expected.split_once(" with ").or_else(|| expected.split_once(" of ")) {
            // `a tuple of size 2`, `tuple struct Point with 2 elements`, `an array of length 3`
            Some((what, rest)) if what.contains("tuple") || what == "an array" => {
                let count: String = rest.chars().filter(char::is_ascii_digit).collect();
                format!("an array of {count}")
            }
            _ if expected.starts_with("struct ") || expected.contains("tagged enum") => "an object".to_owned(),
            _ if expected.contains("Decimal") => "a decimal number, written as a string such as \"12.50\"".to_owned(),
            _ if names_type(expected) => "of another shape".to_owned(),
            _ => expected.chars().take(LONGEST).collect(),
        },
    };
    format!("must be {words}")
}

/// What is read: a JSON value, a value of a query, or all of a query.
#[derive(Clone, Copy)]
enum Given<'a> {
    Json(&'a Value),
    Text(&'a str),
    Query(&'a [(String, String)]),
}

/// The text as a number that JSON has too: neither infinite nor NaN.
fn finite<T: std::str::FromStr>(text: &str, is_finite: impl Fn(&T) -> bool) -> Result<T, ShapeError> {
    text.parse()
        .ok()
        .filter(is_finite)
        .ok_or_else(|| ShapeError::new(codes::TYPE, "must be a finite number".to_owned()))
}

/// Values of a query are text; numbers and booleans are read from it.
macro_rules! from_text {
    ($($method:ident $visit:ident $ty:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            match self {
                Self::Text(text) => match text.parse() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(ShapeError::new(codes::TYPE, must_be(stringify!($ty)))),
                },
                _ => self.deserialize_any(visitor),
            }
        }
    )* };
}

/// A type that expects one form of JSON is given no other, even if it could read it.
macro_rules! only {
    ($($method:ident if $form:pat,)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            match self {
                Self::Json($form) | Self::Text(_) | Self::Query(_) => self.deserialize_any(visitor),
                Self::Json(_) => Err(ShapeError::new(codes::TYPE, must_be(&(&visitor as &dyn de::Expected).to_string()))),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Json(Value::String(text)) => visitor.visit_borrowed_str(text),
            Self::Query(pairs) => {
                let members = pairs.iter().map(|(name, text)| (name.as_str(), Self::Text(text)));
                visitor.visit_map(Members { rest: members, value: None })
            }
            Self::Json(Value::Object(members)) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), Self::Json(value)));
                visitor.visit_map(Members { rest: members, value: None })
            }
            Self::Json(Value::Array(items)) => {
                let mut read = Items { rest: items.iter().enumerate() };
                let value = visitor.visit_seq(&mut read)?;
                match read.rest.len() {
                    0 => Ok(value),
                    more => Err(ShapeError::new(codes::TYPE, format!("must be an array of {}", items.len() - more))),
                }
            }
            Self::Json(Value::Null) => visitor.visit_unit(),
            Self::Json(Value::Bool(value)) => visitor.visit_bool(*value),
            Self::Json(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (_, Some(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
        }
    }

    from_text! {
        deserialize_bool visit_bool bool;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i128 visit_i128 i128;
        deserialize_u128 visit_u128 u128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Self::Text(text) => visitor.visit_f32(finite(text, |number: &f32| number.is_finite())?),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Self::Text(text) => visitor.visit_f64(finite(text, |number: &f64| number.is_finite())?),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self {
            Self::Json(Value::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        match self {
            Self::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            Self::Json(Value::String(name)) => visitor.visit_enum(Variant { name, value: None }),
            Self::Json(Value::Object(members)) if members.len() == 1 => {
                let (name, value) = members.iter().next().map(|(name, value)| (name.as_str(), value)).unzip();
                visitor.visit_enum(Variant { name: name.unwrap_or_default(), value })
            }
            _ => Err(ShapeError::new(codes::TYPE, format!("must be {}", one_of(names)))),
        }
    }

    only! {
        deserialize_char if Value::String(_),
        deserialize_str if Value::String(_),
        deserialize_string if Value::String(_),
        deserialize_seq if Value::Array(_),
        deserialize_map if Value::Object(_),
        deserialize_unit if Value::Null,
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit_struct struct identifier ignored_any
    }
}

struct Items<'a> {
    rest: std::iter::Enumerate<std::slice::Iter<'a, Value>>,
}

impl<'de> de::SeqAccess<'de> for &mut Items<'de> {
    type Error = ShapeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ShapeError> {
        let Some((at, item)) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Given::Json(item)).map(Some).map_err(|error| error.below(&at.to_string()))
    }
}

struct Members<'a, I> {
    rest: I,
    value: Option<(&'a str, Given<'a>)>,
}

impl<'de, I: Iterator<Item = (&'de str, Given<'de>)>> de::MapAccess<'de> for Members<'de, I> {
    type Error = ShapeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ShapeError> {
        self.value = self.rest.next();
        let Some((name, _)) = self.value else { return Ok(None) };
        seed.deserialize(Given::Text(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ShapeError> {
        let (name, value) =
            self.value.take().ok_or_else(|| ShapeError::new(codes::TYPE, "does not have the expected shape"))?;
        seed.deserialize(value).map_err(|error| error.below(name))
    }
}

struct Variant<'a> {
    name: &'a str,
    value: Option<&'a Value>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = ShapeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ShapeError> {
        let name = seed.deserialize(BorrowedStrDeserializer::<ShapeError>::new(self.name))?;
        Ok((name, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self) -> Result<Given<'de>, ShapeError> {
        let alone = || ShapeError::new(codes::TYPE, format!("must be an object with the member {}", self.name));
        self.value.map(Given::Json).ok_or_else(alone)
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = ShapeError;

    fn unit_variant(self) -> Result<(), ShapeError> {
        match self.value {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(ShapeError::new(codes::TYPE, format!("must be the string {}", self.name))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ShapeError> {
        seed.deserialize(self.content()?).map_err(|error| error.below(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ShapeError> {
        self.content()?.deserialize_any(visitor).map_err(|error| error.below(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, ShapeError> {
        self.content()?.deserialize_any(visitor).map_err(|error| error.below(self.name))
    }
}

#[cfg(test)]
mod tests;

//! The query string of a hand-written endpoint: no parameter is ignored there either, unless the endpoint takes any.

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::value::Error as Unread;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Value, json};

use super::query_use::QueryUse;
use super::state::RequestState;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::http::signature::{Described, EndpointDoc, Part, Probe};
use crate::{query, resource};

/// The query string, read as `T`, a struct. A value that cannot be read is answered with 400, and so is a parameter that is
/// not a field of `T` or is sent twice; the response names it and what is allowed.
///
/// An endpoint with `query = "any"` takes all parameters, repeated ones too; one whose `T` is a map, or has a field with
/// `#[serde(flatten)]`, takes any names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryParams<T>(pub T);

impl<T> Deref for QueryParams<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for QueryParams<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let any = RequestState::read(req, |state| state.query) == Some(QueryUse::Any);
        ready(read(req.query_string(), any).map(Self))
    }
}

fn read<T: DeserializeOwned>(raw: &str, any: bool) -> Result<T> {
    let pairs = if any { query::parse_any(raw)? } else { query::parse_named(raw, names::<T>())? };
    let (wrong, source) = match web::Query::<T>::from_query(raw) {
        Ok(query) => match resource::infinite_in_query::<T>(&pairs) {
            None => return Ok(query.into_inner()),
            Some(wrong) => (wrong, "a number that is not finite".to_owned()),
        },
        Err(error) => (resource::explain_query::<T>(&pairs), error.to_string()),
    };
    let name = wrong.pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
    let detail = format!("{}: {}", name.escape_debug(), wrong.message);
    let error = FieldError::parameter(name, wrong.code, wrong.message);
    Err(Error::new(&catalogue::INVALID_REQUEST, detail).with_errors(vec![error]).with_source(source))
}

impl<T: DeserializeOwned> Described for QueryParams<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        let names = names::<T>().unwrap_or_default();
        doc.query.extend(names.iter().map(|&name| (name.to_owned(), schema::<T>(name))));
    }
}

impl<T> Probe<QueryParams<T>> {
    /// Whether the argument reads the query string.
    pub const READS_QUERY: bool = true;
}

impl<T, E> Probe<Result<QueryParams<T>, E>> {
    /// Whether the argument reads the query string.
    pub const READS_QUERY: bool = true;
}

impl<T> Probe<web::Query<T>> {
    /// Whether the argument reads the query string.
    pub const READS_QUERY: bool = true;
}

/// The names of the fields of `T` and their aliases, if it is a struct that says which it has.
fn names<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let found = Cell::new(None);
    let _ = T::deserialize(Names(&found));
    found.get()
}

/// A deserializer that learns the names of the fields and gives no values.
struct Names<'a>(&'a Cell<Option<&'static [&'static str]>>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
        Err(Unread::custom(""))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unread> {
        self.0.set(Some(fields));
        Err(Unread::custom(""))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// The JSON Schema of one field of `T`, as far as its type says which it is.
fn schema<T: DeserializeOwned>(name: &'static str) -> Value {
    let found = RefCell::new(json!({}));
    let _ = T::deserialize(Field { name, found: &found });
    found.into_inner()
}

/// A deserializer that gives a struct one field, and learns what the field would be read from.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'static str,
    found: &'a RefCell<Value>,
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> de::MapAccess<'de> for Field<'_> {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        seed.deserialize(de::value::StrDeserializer::<Unread>::new(self.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        seed.deserialize(Kind(self.found))
    }
}

struct Kind<'a>(&'a RefCell<Value>);

macro_rules! kinds {
    ($($method:ident => $schema:tt;)*) => { $(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unread> {
            self.0.replace(json!($schema));
            Err(Unread::custom(""))
        }
    )* };
}

impl<'de> Deserializer<'de> for Kind<'_> {
    type Error = Unread;

    kinds! {
        deserialize_any => {};
        deserialize_bool => {"type": "boolean"};
        deserialize_i8 => {"type": "integer", "minimum": (i8::MIN), "maximum": (i8::MAX)};
        deserialize_i16 => {"type": "integer", "minimum": (i16::MIN), "maximum": (i16::MAX)};
        deserialize_i32 => {"type": "integer", "format": "int32"};
        deserialize_i64 => {"type": "integer", "format": "int64"};
        deserialize_u8 => {"type": "integer", "minimum": 0, "maximum": (u8::MAX)};
        deserialize_u16 => {"type": "integer", "minimum": 0, "maximum": (u16::MAX)};
        deserialize_u32 => {"type": "integer", "minimum": 0, "maximum": (u32::MAX)};
        deserialize_u64 => {"type": "integer", "minimum": 0};
        deserialize_f32 => {"type": "number"};
        deserialize_f64 => {"type": "number"};
        deserialize_char => {"type": "string", "minLength": 1, "maxLength": 1};
        deserialize_str => {"type": "string"};
        deserialize_string => {"type": "string"};
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unread> {
        self.0.replace(json!({"type": "string", "enum": names}));
        Err(Unread::custom(""))
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

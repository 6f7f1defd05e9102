//! JSON objects that name each member once.
//!
//! RFC 7515 section 4 and RFC 7519 section 4 let a reader refuse repeated names. We do: where two readers of one token
//! differ on which of two `permissions` counts, one of them is wrong about what the caller may do.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// An object without repeated members at its top level.
pub(crate) struct Object(pub(crate) Map<String, Value>);

/// Reads one JSON object that fills all of `bytes`.
pub(crate) fn object(bytes: &[u8]) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_slice(bytes).map(|Object(members)| members)
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is named twice"));
            }
        }
        Ok(members)
    }
}

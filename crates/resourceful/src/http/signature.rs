//! What the types of arguments and return values say about themselves in the OpenAPI document.

use std::marker::PhantomData;

use crate::resource::{Json, JsonShape};
use crate::spec::ResourceSpec;

/// What the types of a hand-written endpoint say about it. Schemas are JSON Schema (draft 2020-12) and may point at
/// `#/components/schemas/..` of the document.
#[derive(Debug, Clone, Default)]
pub struct EndpointDoc {
    /// Path parameters, each with its schema; an empty name means the next one of the path.
    pub parameters: Vec<(String, serde_json::Value)>,
    /// Query parameters by name, each with its schema.
    pub query: Vec<(String, serde_json::Value)>,
    /// Whether it takes query parameters of any name.
    pub any_query: bool,
    /// Whether it takes what `If-Match` and `If-None-Match` require of the row that it writes.
    pub conditional: bool,
    /// Whether it answers with one row, whose tag the response to a GET has.
    pub tagged: bool,
    /// The JSON body's schema.
    pub body: Option<serde_json::Value>,
    /// The status of success and the schema of its JSON; null for a response without a body.
    pub answer: Option<(u16, serde_json::Value)>,
    /// The resources whose schemas are meant by [`schema_of`].
    pub resources: Vec<&'static ResourceSpec>,
}

/// The beginning of a reference that the document has yet to resolve.
pub(crate) const BY_TABLE: &str = "resource:";

/// A reference to a schema of a resource: its own, or that of its pages (`Page`). Two types can have the same name, so the
/// reference names the resource's table; the document, which names all schemas, replaces it by the schema's name.
#[must_use]
pub fn schema_of(spec: &ResourceSpec, suffix: &str) -> serde_json::Value {
    serde_json::json!({"$ref": format!("{BY_TABLE}{}#{suffix}", spec.table)})
}

/// Where a type is in the signature of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An argument.
    Argument,
    /// The return value.
    Answer,
}

/// A type that describes itself.
pub trait Described {
    /// Adds to the description of an endpoint that has this type there.
    fn describe(doc: &mut EndpointDoc, part: Part);
}

/// Gets the description of any type. Types that describe themselves have the inherent method; for all others the call
/// is resolved to the method of [`Undescribed`], which adds nothing.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Probe<T> {
    /// A probe of this type.
    #[allow(clippy::new_without_default, reason = "only generated code makes one, and it always names the type")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Described + ?Sized> Probe<T> {
    /// Adds what the type says.
    pub fn describe(&self, doc: &mut EndpointDoc, part: Part) {
        T::describe(doc, part);
    }
}

/// The method of types that do not describe themselves.
pub trait Undescribed {
    /// Whether the argument reads the query string.
    const READS_QUERY: bool = false;

    /// Adds nothing.
    fn describe(&self, _doc: &mut EndpointDoc, _part: Part) {}
}

impl<T: ?Sized> Undescribed for Probe<T> {}

impl<T: JsonShape> Described for Json<T> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        match part {
            Part::Argument => doc.body = Some(T::shape()),
            Part::Answer => doc.answer = Some((200, T::shape())),
        }
    }
}

impl<T: Described, E> Described for Result<T, E> {
    fn describe(doc: &mut EndpointDoc, part: Part) {
        T::describe(doc, part);
    }
}

#[cfg(test)]
mod tests {
    use super::{Described, EndpointDoc, Part, Probe, Undescribed as _};

    struct Known;
    struct Unknown;

    impl Described for Known {
        fn describe(doc: &mut EndpointDoc, part: Part) {
            assert_eq!(part, Part::Argument);
            doc.body = Some(serde_json::json!({"type": "string"}));
        }
    }

    #[test]
    fn known_types_describe_themselves_and_others_are_skipped() {
        let mut doc = EndpointDoc::default();
        Probe::<Unknown>::new().describe(&mut doc, Part::Argument);
        assert!(doc.body.is_none() && doc.answer.is_none() && doc.parameters.is_empty());
        Probe::<Known>::new().describe(&mut doc, Part::Argument);
        assert_eq!(doc.body, Some(serde_json::json!({"type": "string"})));
    }
}

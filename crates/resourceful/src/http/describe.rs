//! What a hand-written endpoint says of itself for the OpenAPI document.

use serde_json::Value;

/// The parts of a hand-written endpoint's documentation that its signature tells. Schemas are JSON Schema
/// (draft 2020-12) and may point at `#/components/schemas/..` of the document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointDoc {
    /// Path parameters by name, each with its schema; those of the path that are missing here count as text.
    pub parameters: Vec<(String, Value)>,
    /// Query parameters by name, each with its schema.
    pub query: Vec<(String, Value)>,
    /// The JSON body's schema.
    pub body: Option<Value>,
    /// The status of success and the schema of its JSON; null for an answer without a body.
    pub answer: Option<(u16, Value)>,
}

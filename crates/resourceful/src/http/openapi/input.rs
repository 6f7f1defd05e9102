//! What the document is made from.

use serde_json::Value;

use crate::http::signature::EndpointDoc;
use crate::spec::{Requirement, ResourceSpec};

/// What the document is made from.
#[derive(Debug, Clone, Copy)]
pub struct DocumentInput<'a> {
    /// The API's title.
    pub title: &'a str,
    /// The API's version.
    pub version: &'a str,
    /// What the API is about, in Markdown.
    pub description: &'a str,
    /// The base path, `/` unless a proxy in front of the server removes a part of the path.
    pub server_path: &'a str,
    /// The prefix of the path of each resource, `/api/v1`; it may contain parameters of scopes around the API.
    pub api_prefix: &'a str,
    /// The resources.
    pub resources: &'a [&'static ResourceSpec],
    /// The hand-written endpoints.
    pub endpoints: &'a [EndpointEntry],
    /// Whether too many requests are answered with 429.
    pub rate_limited: bool,
    /// The default of a field in JSON, where it is the same for each row. `|_, _| None` shows none.
    pub default_of: fn(&'static ResourceSpec, usize) -> Option<Value>,
}

/// A hand-written endpoint.
#[derive(Debug, Clone)]
pub struct EndpointEntry {
    /// The `operationId`; a number is added where another operation has it.
    pub id: String,
    /// The tag that groups it.
    pub tag: String,
    /// The path below the API prefix, `/projects/{id}/activate`.
    pub path: String,
    /// The HTTP method in capitals.
    pub method: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The function's doc comment.
    pub doc: &'static str,
    /// The requirements, all of which the caller must meet. Empty for a public endpoint.
    pub requires: Vec<Requirement>,
    /// What its signature says.
    pub doc_parts: EndpointDoc,
}

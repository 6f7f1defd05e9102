//! The OpenAPI 3.1 document, made from data alone: the specs of the resources and the list of hand-written endpoints.
//!
//! It is built as JSON rather than through typed builders, because schemas of typed JSON fields are the user's own
//! JSON Schema and must be included unchanged.

mod access;
pub(crate) mod assemble;
mod builder;
mod compose;
mod conditional;
mod enums;
mod fields;
mod file_operations;
mod files;
mod filters;
mod input;
mod names;
mod operations;
mod parameters;
mod references;
#[cfg(feature = "utoipa")]
mod renamed;
mod responses;
mod schemas;
#[cfg(feature = "utoipa")]
mod scoped;
mod surroundings;
mod view;

pub use compose::document;
pub use input::{DocumentInput, EndpointEntry};

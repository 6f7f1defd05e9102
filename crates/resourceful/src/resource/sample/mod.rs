//! Sample values of fields: examples for the OpenAPI document, and rows for tests.

mod examples;
mod literal;
#[cfg(feature = "testing")]
mod numbered;
mod pattern;

pub(crate) use examples::{is_valid, object, of_field};
pub(crate) use literal::{literal_default, number_or_text};
#[cfg(feature = "testing")]
pub(crate) use numbered::values;
pub(crate) use pattern::{excludes_nul, portable};

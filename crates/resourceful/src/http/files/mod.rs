//! Stored files over HTTP: answers with their bytes, and the signed links of storages that have none of their own.

pub(crate) mod answer;
mod body;
pub(crate) mod links;
mod range;

pub use links::storage_links;

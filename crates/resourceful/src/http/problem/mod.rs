//! Errors over HTTP: problem documents (RFC 9457), challenges, and the pages that explain problems.

pub(crate) mod challenge;
pub(crate) mod document;
pub mod pages;

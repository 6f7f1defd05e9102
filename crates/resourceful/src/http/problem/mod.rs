//! Errors over HTTP: problem documents (RFC 9457), the headers that come with them, and the pages that explain them.

pub(crate) mod challenge;
pub(crate) mod document;
pub(crate) mod headers;
pub mod pages;

//! A resource, and the words that the document uses for it.

use crate::spec::{ResourceSpec, words};

/// A resource, and its names in sentences.
pub(super) struct ResourceView<'a> {
    pub(super) spec: &'static ResourceSpec,
    /// The prefix of its schema names.
    pub(super) base: &'a str,
    /// `time entry`
    pub(super) singular: String,
    /// `time entries`
    pub(super) plural: String,
}

impl<'a> ResourceView<'a> {
    pub(super) fn new(spec: &'static ResourceSpec, base: &'a str) -> Self {
        let last = spec.path.rsplit('/').next().unwrap_or(spec.path);
        Self { spec, base, singular: words(spec.type_name), plural: last.replace(['-', '_'], " ") }
    }

    /// `a project`, `an invoice`
    pub(super) fn one(&self) -> String {
        let article = if self.singular.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {}", self.singular)
    }
}

//! The fields of a resource, each with its index.

use std::ops::Deref;

use super::field::FieldSpec;
use super::resource::ResourceSpec;

/// A field of a resource with its index in [`ResourceSpec::fields`]. It dereferences to the field.
#[derive(Debug, Clone, Copy)]
pub struct FieldRef {
    /// The index.
    pub index: usize,
    /// The field.
    pub field: &'static FieldSpec,
}

impl Deref for FieldRef {
    type Target = FieldSpec;

    fn deref(&self) -> &FieldSpec {
        self.field
    }
}

impl ResourceSpec {
    /// All fields, in the struct's order.
    pub fn all_fields(&self) -> impl Iterator<Item = FieldRef> + use<> {
        self.fields.iter().enumerate().map(|(index, field)| FieldRef { index, field })
    }

    /// The fields that appear in answers.
    pub fn readable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_readable(field.index))
    }

    /// The fields that callers can filter by.
    pub fn filterable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_filterable(field.index))
    }

    /// The fields that callers can sort by.
    pub fn sortable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_sortable(field.index))
    }

    /// The fields that `q` searches.
    pub fn searchable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_searchable(field.index))
    }

    /// The fields that callers may write when they create a row.
    pub fn creatable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_creatable(field.index))
    }

    /// The fields that callers may write in a row that exists.
    pub fn updatable(&self) -> impl Iterator<Item = FieldRef> {
        self.all_fields().filter(|field| self.is_updatable(field.index))
    }
}

//! What a write does to its table, and its steps: one statement each.

use std::slice;
use std::sync::Mutex;

use crate::resource::{Assignments, FieldValue, Model, Record};
use crate::spec::Operation;

/// What a write does to its table.
pub(super) enum Action<'a> {
    /// Creates these rows, which all have the same columns.
    Insert(&'a [Assignments]),
    /// Writes these fields of the row with this id.
    Update { id: &'a FieldValue, values: &'a Assignments },
    /// Merges a patch into the row with this id. The fields are known once the row has been read.
    Merge { id: &'a FieldValue, values: &'a Mutex<Assignments> },
    /// Deletes the row with this id.
    Delete { id: &'a FieldValue },
}

impl Action<'_> {
    /// The id of the row that must exist.
    pub(super) fn id(&self) -> Option<&FieldValue> {
        match self {
            Self::Insert(_) => None,
            Self::Update { id, .. } | Self::Merge { id, .. } | Self::Delete { id } => Some(id),
        }
    }

    /// The rows or fields that are written, as far as they are known before a transaction begins.
    pub(super) fn rows(&self) -> &[Assignments] {
        match self {
            Self::Insert(rows) => rows,
            Self::Update { values, .. } => slice::from_ref(*values),
            Self::Merge { .. } | Self::Delete { .. } => &[],
        }
    }

    /// The fields that are written, by their indexes.
    pub(super) fn fields(&self) -> Vec<usize> {
        self.rows().first().map(fields_of).unwrap_or_default()
    }

    pub(super) fn is_delete(&self) -> bool {
        matches!(self, Self::Delete { .. })
    }
}

/// One statement of a write, with the rows that its effects look at.
pub(super) struct Step<'a> {
    pub(super) operation: Operation,
    pub(super) kind: StepKind<'a>,
    /// The index of the first row among those that were sent.
    pub(super) first: usize,
    /// The rows or fields as they were given.
    pub(super) given: &'a [Assignments],
    /// The same as an effect has changed them.
    pub(super) changed: Option<Assignments>,
    /// The locked row before the statement, where an effect needs it.
    pub(super) current: Option<Record>,
    /// The rows after the statement.
    pub(super) records: Vec<Record>,
    /// The models that hooks were called with, before and after the statement.
    pub(super) before: Option<Model>,
    pub(super) after: Option<Model>,
    /// The keys of files that the rows of the step have before it.
    #[cfg(feature = "storage")]
    pub(super) discarded: Vec<String>,
}

/// What one statement does.
#[derive(Clone, Copy)]
pub(super) enum StepKind<'a> {
    Insert,
    Update(&'a FieldValue),
    Delete(&'a FieldValue),
}

impl<'a> Step<'a> {
    pub(super) fn new(operation: Operation, kind: StepKind<'a>, given: &'a [Assignments], first: usize) -> Self {
        let (changed, current, records) = (None, None, Vec::new());
        Self {
            operation,
            kind,
            first,
            given,
            changed,
            current,
            records,
            before: None,
            after: None,
            #[cfg(feature = "storage")]
            discarded: Vec::new(),
        }
    }

    /// The rows or fields to write.
    pub(super) fn rows(&self) -> &[Assignments] {
        self.changed.as_ref().map_or(self.given, slice::from_ref)
    }

    /// The fields to write, by their indexes.
    pub(super) fn fields(&self) -> Vec<usize> {
        self.rows().first().map(fields_of).unwrap_or_default()
    }

    /// Whether an effect has left no field to write.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.kind, StepKind::Update(_)) && self.rows().iter().all(Vec::is_empty)
    }

    /// What precedes the fields of a row of this step in JSON pointers.
    pub(super) fn pointer(&self, place: usize) -> String {
        item_pointer(self.operation, self.first + place)
    }
}

/// What precedes the fields of the item at this index in JSON pointers.
pub(super) fn item_pointer(operation: Operation, place: usize) -> String {
    if operation == Operation::BulkCreate { format!("/{place}") } else { String::new() }
}

/// The fields of a row, by their indexes.
pub(super) fn fields_of(row: &Assignments) -> Vec<usize> {
    row.iter().map(|(index, _)| *index).collect()
}

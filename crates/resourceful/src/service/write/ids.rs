//! Ids that callers choose.

use super::step::item_pointer;
use crate::error::{Error, FieldError, Result, codes};
use crate::resource::{Assignments, FieldValue};
use crate::service::engine::Engine;
use crate::spec::Operation;

impl Engine {
    /// Refuses new rows that could not be reached by their id, because a hand-written endpoint uses it as a word of its
    /// path. `first` is the index of the first of these rows among those that were sent.
    ///
    /// # Errors
    /// 422 naming each of them.
    pub(super) fn check_ids(&self, operation: Operation, rows: &[Assignments], first: usize) -> Result<()> {
        let spec = self.spec();
        let reserved = |row: &Assignments| match row.iter().find(|(index, _)| *index == spec.id) {
            Some((_, FieldValue::String(Some(id)))) if self.ctx.is_path_word(spec.table, id) => Some(id.clone()),
            _ => None,
        };
        let errors = rows.iter().enumerate().filter_map(|(place, row)| {
            let pointer = format!("{}/{}", item_pointer(operation, first + place), spec.id_field().json);
            let message = format!("`{}` is reserved by a path of the API and cannot be an id", reserved(row)?);
            Some(FieldError::at(pointer, codes::RESERVED, message))
        });
        let errors: Vec<FieldError> = errors.collect();
        if errors.is_empty() { Ok(()) } else { Err(Error::validation(errors)) }
    }
}

//! Values in the statements of writes.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, ReturningClause};

use crate::resource::{Assignments, FieldValue, stored_json};
use crate::service::engine::Engine;
use crate::spec::Kind;

impl Engine {
    /// Turns the JSON of a row into text, unless hooks will see it: a tree of values takes many times the memory of its
    /// text, which would be held while the statement runs.
    pub(super) fn json_to_text(&self, row: &mut Assignments) {
        if self.table.hooks.is_some() {
            return;
        }
        for (_, value) in row {
            if let FieldValue::Json(Some(json)) = value {
                *value = FieldValue::String(Some(stored_json(self.backend(), json)));
            }
        }
    }

    /// A value in a statement. JSON is sent as text, so that the database reads its numbers.
    pub(super) fn bound(&self, index: usize, value: &FieldValue) -> Expr {
        if !matches!(self.spec().fields[index].ty.kind, Kind::Json(_)) {
            return Expr::val(value.clone());
        }
        let text = match value {
            FieldValue::Json(json) => json.as_ref().map(|json| stored_json(self.backend(), json)),
            FieldValue::String(text) => text.clone(),
            _ => None,
        };
        let text = Expr::val(FieldValue::String(text));
        if self.backend() == DbBackend::Postgres { text.cast_as("jsonb") } else { text }
    }

    /// `RETURNING` of all columns, in the order of the fields.
    pub(super) fn returning(&self) -> ReturningClause {
        Query::returning().columns(self.spec().fields.iter().map(|field| Alias::new(field.column)))
    }

    /// The ids of these rows, where the server or the caller makes them; `None` where the database does.
    pub(super) fn ids_of(&self, rows: &[Assignments]) -> Option<Vec<FieldValue>> {
        let id = self.spec().id;
        rows.iter().map(|row| row.iter().find(|(index, _)| *index == id).map(|(_, value)| value.clone())).collect()
    }
}

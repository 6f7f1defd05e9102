//! Values in the statements of writes.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, ReturningClause};

use crate::context::access::BuiltStatement;
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

    /// A value in a statement.
    pub(super) fn bound(&self, index: usize, value: &FieldValue) -> Expr {
        self.cast(index, self.sent(index, value))
    }

    /// The place of a value in a statement, until the statement is [filled](Self::fill): the builder of statements copies
    /// each value, and a copy of a copy is one too many of a long text.
    pub(super) fn place(&self, index: usize) -> Expr {
        self.cast(index, FieldValue::String(None))
    }

    /// Puts values into the first places of a statement.
    pub(super) fn fill<'a>(&self, built: &mut BuiltStatement, values: impl Iterator<Item = &'a (usize, FieldValue)>) {
        let places = built.statement.values.iter_mut().flat_map(|places| &mut places.0);
        for (place, (index, value)) in places.zip(values) {
            *place = self.sent(*index, value);
        }
    }

    /// A value as the database gets it. JSON is sent as text, so that the database reads its numbers.
    fn sent(&self, index: usize, value: &FieldValue) -> FieldValue {
        match value {
            FieldValue::Json(json) if self.is_json(index) => {
                FieldValue::String(json.as_ref().map(|json| stored_json(self.backend(), json)))
            }
            value => value.clone(),
        }
    }

    fn cast(&self, index: usize, sent: FieldValue) -> Expr {
        let value = Expr::val(sent);
        if self.is_json(index) && self.backend() == DbBackend::Postgres { value.cast_as("jsonb") } else { value }
    }

    fn is_json(&self, index: usize) -> bool {
        matches!(self.spec().fields[index].ty.kind, Kind::Json(_))
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

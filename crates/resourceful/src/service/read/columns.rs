//! Which columns of a row are read: a long text that nobody sees costs nothing.

use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};

use crate::query::{Ends, Include};
use crate::resource::Visible;
use crate::spec::ResourceSpec;

/// The fields whose columns are read. The others are null in the record, where nobody may look at them: their places
/// stay, for a record is read by the places of its fields.
#[derive(Debug, Clone)]
pub(crate) struct Columns(Option<Vec<usize>>);

impl Columns {
    /// All, for whatever looks at whole rows: models, hooks, checks.
    pub(crate) const ALL: Self = Self(None);

    /// None of its own.
    pub(super) const NONE: Self = Self(Some(Vec::new()));

    /// What an answer shows, and what its relations are found by.
    pub(crate) fn shown(visible: &Visible, include: &[Include]) -> Self {
        // Computed fields are made of a model.
        if visible.has_computed() {
            return Self::ALL;
        }
        let (table, spec) = (visible.table(), visible.table().spec);
        let here = |include: &Include| Some(spec.field(Ends::of(table, include.relation)?.here.name)?.0);
        Self(Some(visible.fields().to_vec())).with([spec.id]).with(include.iter().filter_map(here))
    }

    /// These fields as well.
    pub(super) fn with(self, fields: impl IntoIterator<Item = usize>) -> Self {
        Self(self.0.map(|known| known.into_iter().chain(fields).collect()))
    }

    /// `SELECT` of a column for each field, in their order and under their names.
    pub(super) fn select(&self, spec: &ResourceSpec) -> SelectStatement {
        let table = Alias::new(spec.table);
        let mut select = Query::select();
        for (index, field) in spec.fields.iter().enumerate() {
            match &self.0 {
                Some(read) if !read.contains(&index) => {
                    select.expr_as(Expr::cust("NULL"), Alias::new(field.column));
                }
                _ => {
                    select.column((table.clone(), Alias::new(field.column)));
                }
            }
        }
        select.from(table);
        select
    }
}

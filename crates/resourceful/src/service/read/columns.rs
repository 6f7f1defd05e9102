//! The columns of a row that are read: a long text that the answer does not show is not read.

use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};

use crate::query::{Include, JoinColumns};
use crate::resource::Visible;
use crate::spec::ResourceSpec;

/// The fields whose columns are read. The others are null in the record and must not be used. Their places stay, because
/// a record is read by the indexes of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Columns(Option<Vec<usize>>);

impl Columns {
    /// All, for code that needs whole rows: models, hooks, checks.
    pub(crate) const ALL: Self = Self(None);

    /// No columns, except those that others add.
    pub(super) const NONE: Self = Self(Some(Vec::new()));

    /// The fields that an answer shows, and those that join its relations.
    pub(crate) fn shown(visible: &Visible, include: &[Include]) -> Self {
        // Computed fields need a model.
        if visible.has_computed() {
            return Self::ALL;
        }
        let (table, spec) = (visible.table(), visible.table().spec);
        let local = |include: &Include| Some(spec.field(JoinColumns::of(table, include.relation)?.local.name)?.0);
        let version = spec.version_field().map(|(index, _)| index);
        Self(Some(visible.fields().to_vec())).with([spec.id]).with(version).with(include.iter().filter_map(local))
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

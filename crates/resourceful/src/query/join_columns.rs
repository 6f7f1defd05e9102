//! The columns that a relation joins.

use crate::resource::ResourceTable;
use crate::spec::{FieldSpec, RelationKind, RelationSpec};

/// The columns that a relation joins.
#[derive(Clone, Copy)]
pub struct JoinColumns {
    /// The column of this resource.
    pub local: &'static FieldSpec,
    /// The column of the other resource; for a many-to-many relation its id.
    pub foreign: &'static FieldSpec,
    /// The join table of a many-to-many relation.
    pub through: Option<Through>,
}

/// The join table of a many-to-many relation.
#[derive(Clone, Copy)]
pub struct Through {
    /// The resource.
    pub table: &'static ResourceTable,
    /// Its column that refers to this resource.
    pub from: &'static FieldSpec,
    /// Its column that refers to the other resource.
    pub to: &'static FieldSpec,
}

impl JoinColumns {
    /// The columns that one of the resource's relations joins; `None` for an unresolved relation.
    pub fn of(table: &'static ResourceTable, relation: &'static RelationSpec) -> Option<Self> {
        let spec = table.spec;
        let target = (relation.target)();
        match relation.kind {
            RelationKind::BelongsTo { field, .. } => {
                Some(Self { local: spec.field(field)?.1, foreign: target.id_field(), through: None })
            }
            RelationKind::HasMany { via } | RelationKind::HasOne { via } => {
                let foreign = target.referring(spec, via, None)?;
                Some(Self { local: spec.id_field(), foreign, through: None })
            }
            RelationKind::ManyToMany { from, to, .. } => {
                let through = (table.related(relation)?.through?)();
                let from = through.spec.referring(spec, from, None)?;
                let to = through.spec.referring(target, to, Some(from))?;
                let through = Some(Through { table: through, from, to });
                Some(Self { local: spec.id_field(), foreign: target.id_field(), through })
            }
        }
    }

    /// Whether the column that refers to this resource can be null.
    pub fn is_nullable(&self) -> bool {
        self.through.map_or(self.foreign, |through| through.from).ty.nullable
    }
}

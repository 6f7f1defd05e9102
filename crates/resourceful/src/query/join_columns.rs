//! The columns that a relation joins.

use crate::resource::ResourceTable;
use crate::spec::{FieldSpec, RelationKind, RelationSpec};

/// The columns that a relation joins.
#[derive(Clone, Copy)]
pub struct Ends {
    /// Ours.
    pub here: &'static FieldSpec,
    /// The other's; of a many-to-many relation its id.
    pub there: &'static FieldSpec,
    /// The table between the two, of a many-to-many relation.
    pub through: Option<Through>,
}

/// The table between the two ends of a many-to-many relation.
#[derive(Clone, Copy)]
pub struct Through {
    /// The resource.
    pub table: &'static ResourceTable,
    /// Its column that refers to this end.
    pub from: &'static FieldSpec,
    /// Its column that refers to the other.
    pub to: &'static FieldSpec,
}

impl Ends {
    /// The columns of one of the resource's relations; `None` when it leads nowhere.
    pub fn of(table: &'static ResourceTable, relation: &'static RelationSpec) -> Option<Self> {
        let spec = table.spec;
        let target = (relation.target)();
        match relation.kind {
            RelationKind::BelongsTo { field, .. } => {
                Some(Self { here: spec.field(field)?.1, there: target.id_field(), through: None })
            }
            RelationKind::HasMany { via } | RelationKind::HasOne { via } => {
                let there = target.referring(spec, via, None)?;
                Some(Self { here: spec.id_field(), there, through: None })
            }
            RelationKind::ManyToMany { from, to, .. } => {
                let through = (table.related(relation)?.through?)();
                let from = through.spec.referring(spec, from, None)?;
                let to = through.spec.referring(target, to, Some(from))?;
                let through = Some(Through { table: through, from, to });
                Some(Self { here: spec.id_field(), there: target.id_field(), through })
            }
        }
    }

    /// Whether the column that refers to this end can be null.
    pub fn is_nullable(&self) -> bool {
        self.through.map_or(self.there, |through| through.from).ty.nullable
    }
}

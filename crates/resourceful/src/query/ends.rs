//! The columns that a relation joins.

use crate::resource::ResourceTable;
use crate::spec::{FieldSpec, RelationKind, RelationSpec, ResourceSpec};

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
                let there = referring(target, spec, via, None)?;
                Some(Self { here: spec.id_field(), there, through: None })
            }
            RelationKind::ManyToMany { from, to, .. } => {
                let through = (table.related(relation)?.through?)();
                let from = referring(through.spec, spec, from, None)?;
                let to = referring(through.spec, target, to, Some(from))?;
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

/// The field of `from` that refers to `to`: the named one, or its only `belongs_to` to it.
fn referring(
    from: &'static ResourceSpec,
    to: &ResourceSpec,
    name: Option<&str>,
    besides: Option<&FieldSpec>,
) -> Option<&'static FieldSpec> {
    if let Some(name) = name {
        return from.field(name).map(|(_, field)| field);
    }
    from.relations.iter().find_map(|back| match back.kind {
        RelationKind::BelongsTo { field, .. } if (back.target)().table == to.table => {
            let (_, field) = from.field(field)?;
            besides.is_none_or(|other| other.name != field.name).then_some(field)
        }
        _ => None,
    })
}

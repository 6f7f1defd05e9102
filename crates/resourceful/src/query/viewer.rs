//! The caller of a query, at one resource.

use super::join_columns::JoinColumns;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::resource::ResourceTable;
use crate::spec::{RelationSpec, Requirement, ResourceSpec};

/// The caller of a query, at one resource. A caller can neither filter, sort, search nor select by a field that they may
/// not see: otherwise its value could be guessed letter by letter.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// The resource.
    pub table: &'static ResourceTable,
    /// The caller.
    pub actor: &'a Actor,
}

impl<'a> Viewer<'a> {
    /// The resource as data.
    pub fn spec(&self) -> &'static ResourceSpec {
        self.table.spec
    }

    /// Whether the field at this index appears in answers to this caller.
    pub fn sees(&self, index: usize) -> bool {
        self.spec().is_readable(index) && self.actor.holds(self.spec().fields[index].read)
    }

    /// Refuses a field that answers show to other callers only.
    ///
    /// # Errors
    /// 403 `insufficient-scope` naming the permission; 401 for an anonymous caller.
    pub(super) fn require_field(&self, index: usize) -> Result<()> {
        let field = &self.spec().fields[index];
        self.require_read(field.json, field.read)
    }

    /// The same for the field of this name that requires this permission.
    ///
    /// # Errors
    /// As [`require_field`](Self::require_field).
    pub(super) fn require_read(&self, field: &str, permission: Option<&'static str>) -> Result<()> {
        let Some(permission) = permission else { return Ok(()) };
        let shown = |error: Error| {
            let name = self.spec().type_name;
            error.with_explanation(format!("The field `{field}` of {name} is declared with `read = \"{permission}\"`"))
        };
        self.actor.require(&Requirement::Permission(permission)).map_err(shown)
    }

    /// The same caller at the other resource of a relation. A relation reveals the value of the referring field, so the
    /// permission of that field is required as well.
    ///
    /// # Errors
    /// 403 `insufficient-scope` when the caller may not read the other resource; 401 for an anonymous caller.
    pub fn follow(&self, relation: &'static RelationSpec) -> Result<Viewer<'a>> {
        let unresolved =
            || Error::internal(format!("the relation {}.{} is unresolved", self.spec().type_name, relation.name));
        let related = self.table.related(relation).ok_or_else(unresolved)?;
        let target = (related.target)();
        let path = || format!("`{}` of {}", relation.json, self.spec().type_name);
        let require = |other: &'static ResourceSpec, to_many| {
            self.actor.require(&other.read_requirement(to_many)).map_err(|error| {
                let other = other.type_name;
                error.with_explanation(format!("{} leads to rows of {other}, for which this is required", path()))
            })
        };
        require(target.spec, relation.kind.is_to_many())?;
        if let Some(through) = related.through {
            require(through().spec, true)?;
        }
        let columns = JoinColumns::of(self.table, relation).ok_or_else(unresolved)?;
        let joined = columns.through.map(|through| [through.from, through.to]);
        for field in [columns.local, columns.foreign].into_iter().chain(joined.into_iter().flatten()) {
            if let Some(permission) = field.read {
                self.actor.require(&Requirement::Permission(permission)).map_err(|error| {
                    let field = field.json;
                    error.with_explanation(format!(
                        "{} reveals the value of the field `{field}`, which is declared with `read = \"{permission}\"`",
                        path()
                    ))
                })?;
            }
        }
        Ok(Viewer { table: target, actor: self.actor })
    }
}

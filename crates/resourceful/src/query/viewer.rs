//! Who asks, about which resource.

use super::ends::Ends;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::resource::ResourceTable;
use crate::spec::{RelationSpec, Requirement, ResourceSpec};

/// Who asks, about which resource. What a caller may not see he can neither filter, sort, search nor select by: a value
/// could be guessed letter by letter otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// The resource.
    pub table: &'static ResourceTable,
    /// Who asks.
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

    /// Refuses a field that answers show to others and not to this caller.
    ///
    /// # Errors
    /// 403 `insufficient-scope` naming the permission; 401 for nobody.
    pub(super) fn require_field(&self, index: usize) -> Result<()> {
        let field = &self.spec().fields[index];
        self.require_read(field.json, field.read)
    }

    /// The same of a field of this name that asks for this permission.
    ///
    /// # Errors
    /// As [`require_field`](Self::require_field).
    pub(super) fn require_read(&self, field: &str, permission: Option<&'static str>) -> Result<()> {
        let Some(permission) = permission else { return Ok(()) };
        let shown = |error: Error| {
            let name = self.spec().type_name;
            error.with_explanation(format!("The field `{field}` of {name} says `read = \"{permission}\"`"))
        };
        self.actor.require(&Requirement::Permission(permission)).map_err(shown)
    }

    /// The same caller at the other end of a relation. Who refers to whom is what the referring field holds, so its own
    /// permission is asked for as well.
    ///
    /// # Errors
    /// 403 `insufficient-scope` when he may not read what is there; 401 for nobody.
    pub fn follow(&self, relation: &'static RelationSpec) -> Result<Viewer<'a>> {
        let leads_nowhere = || Error::internal(format!("{}.{} leads nowhere", self.spec().type_name, relation.name));
        let related = self.table.related(relation).ok_or_else(leads_nowhere)?;
        let target = (related.target)();
        let path = || format!("`{}` of {}", relation.json, self.spec().type_name);
        let require = |other: &'static ResourceSpec, to_many| {
            self.actor.require(&other.read_requirement(to_many)).map_err(|error| {
                let other = other.type_name;
                error.with_explanation(format!("{} leads to rows of {other}, which ask for it to be read", path()))
            })
        };
        require(target.spec, relation.kind.is_to_many())?;
        if let Some(through) = related.through {
            require(through().spec, true)?;
        }
        let ends = Ends::of(self.table, relation).ok_or_else(leads_nowhere)?;
        let joined = ends.through.map(|through| [through.from, through.to]);
        for field in [ends.here, ends.there].into_iter().chain(joined.into_iter().flatten()) {
            if let Some(permission) = field.read {
                self.actor.require(&Requirement::Permission(permission)).map_err(|error| {
                    let field = field.json;
                    error.with_explanation(format!(
                        "{} tells what the field `{field}` holds, which says `read = \"{permission}\"`",
                        path()
                    ))
                })?;
            }
        }
        Ok(Viewer { table: target, actor: self.actor })
    }
}

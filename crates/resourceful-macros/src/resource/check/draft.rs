//! A field while it is checked.

use super::spelling::{Kind, Spelled};
use crate::resource::model::{Access, Field, FieldOutline, Presence, Role};

/// A field while it is checked: its outline, the rest, and how its type is spelled.
pub(super) struct Draft {
    pub(super) outline: FieldOutline,
    pub(super) field: Field,
    pub(super) spelled: Spelled,
}

impl Draft {
    pub(super) fn name(&self) -> &str {
        &self.outline.name
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.spelled.kind()
    }

    /// Decides which of the typed bodies have the field.
    pub(super) fn decide_bodies(&mut self) {
        let presence = if self.is_required() { Presence::Required } else { Presence::Optional };
        self.outline.create = self.is_creatable().then_some(presence);
        self.outline.update = self.is_updatable().then_some(presence);
    }

    /// Whether the bodies that create a row have it: what callers may write (the runtime's
    /// `ResourceSpec::is_creatable`), and a text id that is the owner, which seeds and provisioning name.
    fn is_creatable(&self) -> bool {
        let role = match self.field.role {
            Role::Id => self.spelled.is("String"),
            Role::CreatedAt | Role::UpdatedAt | Role::Version => false,
            Role::Plain => !self.field.owns || self.field.write.is_some(),
        };
        // A file is written by endpoints of its own.
        role && self.field.file.is_none()
            && !matches!(self.field.access, Access::ReadOnly | Access::Generated | Access::Hidden)
    }

    /// Whether a caller may write it in a row that exists; the runtime's `ResourceSpec::is_updatable`.
    fn is_updatable(&self) -> bool {
        self.is_creatable() && self.field.role != Role::Id && self.field.access != Access::CreateOnly
    }

    /// Whether the bodies must name it; the owner, when no one is named, is the caller.
    fn is_required(&self) -> bool {
        let is_set_by_server = self.field.owns && self.field.role != Role::Id;
        !self.spelled.optional && self.field.default.is_none() && !is_set_by_server
    }
}

/// The names of the fields, for messages.
pub(super) fn field_names(drafts: &[Draft]) -> Vec<&str> {
    drafts.iter().map(Draft::name).collect()
}

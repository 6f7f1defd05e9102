//! One use of a permission, a scope or a role: what kind of thing it is, and where it is required.

use crate::http::Section;
use crate::spec::{Operation, ResourceSpec};

/// What kind of thing a caller must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::app) enum Kind {
    /// A permission. Auth0 knows it as a scope of the API.
    Permission,
    /// An OAuth scope. Auth0 knows it as a scope of the API, too.
    Scope,
    /// A role of the tenant.
    Role,
}

/// One use of an entry.
#[derive(Debug, Clone)]
pub(in crate::app) struct Use {
    pub(super) section: Section,
    pub(super) place: Place,
    /// What else is required there, such as `or projects:write`; empty if nothing else is required.
    pub(super) others: String,
}

/// Where an entry is required.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Operation(Operation),
    Endpoint {
        name: &'static str,
        doc: &'static str,
    },
    ReadField(&'static str),
    WriteField(&'static str),
    /// Rows of the resource that another resource includes through this relation.
    Relation {
        of: &'static ResourceSpec,
        json: &'static str,
    },
    /// All actix services below the path of the scope.
    ActixScope,
}

impl Use {
    /// An operation's id, a field, or everything below a path: `projects_list`, `projects.budget (read)`, `/legacy/*`.
    pub(in crate::app) fn label(&self) -> String {
        let section = self.section.name();
        let label = match self.place {
            Place::Operation(operation) => self.section.operation_id(operation.name()),
            Place::Endpoint { name, .. } => self.section.operation_id(name),
            Place::ReadField(json) => format!("{section}.{json} (read)"),
            Place::WriteField(json) => format!("{section}.{json} (write)"),
            Place::Relation { of, json } => format!("include {}.{json}", of.name),
            Place::ActixScope => format!("{section}/*"),
        };
        if self.others.is_empty() { label } else { format!("{label} ({})", self.others) }
    }
}

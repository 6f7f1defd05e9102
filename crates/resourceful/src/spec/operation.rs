//! The fifteen operations of a resource.

use super::requirement::Requirement;

/// One operation a resource can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// GET `/projects`
    List,
    /// GET `/projects/count`
    Count,
    /// POST `/projects/search`
    Search,
    /// GET `/projects/{id}`
    Get,
    /// POST `/projects`
    Create,
    /// POST `/projects/bulk`
    BulkCreate,
    /// PUT `/projects/{id}`
    Update,
    /// PATCH `/projects/{id}`
    Patch,
    /// DELETE `/projects/{id}`
    Delete,
    /// GET `/projects/self`
    SelfList,
    /// POST `/projects/self`
    SelfCreate,
    /// GET `/projects/self/{id}`
    SelfGet,
    /// PUT `/projects/self/{id}`
    SelfUpdate,
    /// PATCH `/projects/self/{id}`
    SelfPatch,
    /// DELETE `/projects/self/{id}`
    SelfDelete,
}

/// What an operation works on, which decides its path below the resource's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// All rows: the resource's own path.
    Collection,
    /// A fixed word below it, such as `count`.
    Word(&'static str),
    /// One row, by id.
    Item,
}

/// What an operation has done when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has found rows.
    Found,
    /// It has counted rows.
    Counted,
    /// It has created rows.
    Created,
    /// It has changed a row.
    Changed,
    /// It has deleted a row.
    Deleted,
}

impl Operation {
    /// All fifteen, in the order of every list that shows them.
    pub const ALL: [Self; 15] = [
        Self::List,
        Self::Count,
        Self::Search,
        Self::Get,
        Self::Create,
        Self::BulkCreate,
        Self::Update,
        Self::Patch,
        Self::Delete,
        Self::SelfList,
        Self::SelfCreate,
        Self::SelfGet,
        Self::SelfUpdate,
        Self::SelfPatch,
        Self::SelfDelete,
    ];

    /// The path words that no string id may equal.
    pub const WORDS: [&'static str; 4] = ["count", "search", "bulk", "self"];

    /// The name in attributes and in `operationId`s: `self_list`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Count => "count",
            Self::Search => "search",
            Self::Get => "get",
            Self::Create => "create",
            Self::BulkCreate => "bulk_create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::SelfList => "self_list",
            Self::SelfCreate => "self_create",
            Self::SelfGet => "self_get",
            Self::SelfUpdate => "self_update",
            Self::SelfPatch => "self_patch",
            Self::SelfDelete => "self_delete",
        }
    }

    /// The HTTP method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::List | Self::Count | Self::Get | Self::SelfList | Self::SelfGet => "GET",
            Self::Search | Self::Create | Self::BulkCreate | Self::SelfCreate => "POST",
            Self::Update | Self::SelfUpdate => "PUT",
            Self::Patch | Self::SelfPatch => "PATCH",
            Self::Delete | Self::SelfDelete => "DELETE",
        }
    }

    /// What it works on. For the `/self` operations this is relative to `/self`.
    pub const fn target(self) -> Target {
        match self {
            Self::List | Self::Create | Self::SelfList | Self::SelfCreate => Target::Collection,
            Self::Count => Target::Word("count"),
            Self::Search => Target::Word("search"),
            Self::BulkCreate => Target::Word("bulk"),
            _ => Target::Item,
        }
    }

    /// Whether it is one of the six operations that see only the caller's own rows.
    pub const fn is_self(self) -> bool {
        matches!(
            self,
            Self::SelfList | Self::SelfCreate | Self::SelfGet | Self::SelfUpdate | Self::SelfPatch | Self::SelfDelete
        )
    }

    /// The operation that does the same to the caller's own rows, where there is one.
    pub const fn of_own_rows(self) -> Self {
        match self {
            Self::List => Self::SelfList,
            Self::Get => Self::SelfGet,
            Self::Create => Self::SelfCreate,
            Self::Update => Self::SelfUpdate,
            Self::Patch => Self::SelfPatch,
            Self::Delete => Self::SelfDelete,
            other => other,
        }
    }

    /// What it has done when it succeeds.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::List | Self::Search | Self::Get | Self::SelfList | Self::SelfGet => Outcome::Found,
            Self::Count => Outcome::Counted,
            Self::Create | Self::BulkCreate | Self::SelfCreate => Outcome::Created,
            Self::Update | Self::Patch | Self::SelfUpdate | Self::SelfPatch => Outcome::Changed,
            Self::Delete | Self::SelfDelete => Outcome::Deleted,
        }
    }

    /// Whether it creates rows.
    pub const fn creates(self) -> bool {
        matches!(self.outcome(), Outcome::Created)
    }

    /// Whether it creates, changes or deletes rows.
    pub const fn is_write(self) -> bool {
        matches!(self.outcome(), Outcome::Created | Outcome::Changed | Outcome::Deleted)
    }

    /// Whether it writes values that the request carries.
    pub const fn writes_values(self) -> bool {
        matches!(self.outcome(), Outcome::Created | Outcome::Changed)
    }

    /// Whether a request has a body.
    pub const fn has_body(self) -> bool {
        self.writes_values() || matches!(self, Self::Search)
    }

    /// The path below the resource's, `/self/{id}`; empty for the resource's own.
    pub const fn path(self) -> &'static str {
        match self {
            Self::List | Self::Create => "",
            Self::Count => "/count",
            Self::Search => "/search",
            Self::BulkCreate => "/bulk",
            Self::Get | Self::Update | Self::Patch | Self::Delete => "/{id}",
            Self::SelfList | Self::SelfCreate => "/self",
            Self::SelfGet | Self::SelfUpdate | Self::SelfPatch | Self::SelfDelete => "/self/{id}",
        }
    }

    /// The suffix of the permission it needs by default: `read` in `projects:read`.
    pub const fn permission_suffix(self) -> &'static str {
        match self {
            Self::List | Self::Count | Self::Search | Self::Get => "read",
            Self::Create | Self::BulkCreate | Self::Update | Self::Patch => "write",
            Self::Delete => "delete",
            Self::SelfList | Self::SelfGet => "read:self",
            Self::SelfCreate | Self::SelfUpdate | Self::SelfPatch => "write:self",
            Self::SelfDelete => "delete:self",
        }
    }
}

/// An operation that a resource offers, and what it requires of the caller.
#[derive(Debug, Clone, Copy)]
pub struct OperationSpec {
    /// Which one.
    pub operation: Operation,
    /// What the caller must hold.
    pub requires: Requirement,
}

//! Relations to other resources, and who owns a row.

use super::resource::ResourceSpec;

/// A relation to another resource.
#[derive(Debug, Clone, Copy)]
pub struct RelationSpec {
    /// The Rust name, `owner`.
    pub name: &'static str,
    /// The name in JSON and in queries.
    pub json: &'static str,
    /// Which side holds the reference.
    pub kind: RelationKind,
    /// The other resource. A function, because two resources may point at each other.
    pub target: fn() -> &'static ResourceSpec,
}

/// Which side of a relation holds the reference.
#[derive(Debug, Clone, Copy)]
pub enum RelationKind {
    /// This row refers to one of the other resource, by its id.
    BelongsTo {
        /// The Rust name of the referring field.
        field: &'static str,
        /// What becomes of this row when the other is deleted.
        on_delete: OnDelete,
        /// It may refer to any row that exists; otherwise only to one that its writer may see.
        any: bool,
    },
    /// Rows of the other resource refer to this one.
    HasMany {
        /// The Rust name of the other's referring field; its only `belongs_to` to this resource when `None`.
        via: Option<&'static str>,
    },
    /// At most one row of the other resource refers to this one.
    HasOne {
        /// As in [`HasMany`](Self::HasMany).
        via: Option<&'static str>,
    },
    /// Rows of a third resource refer to this one and to the other.
    ManyToMany {
        /// The third resource.
        through: fn() -> &'static ResourceSpec,
        /// The Rust name of its field that refers to this resource; its only `belongs_to` to it when `None`.
        from: Option<&'static str>,
        /// The Rust name of its field that refers to the other; its only other `belongs_to` to it when `None`.
        to: Option<&'static str>,
    },
}

impl RelationKind {
    /// Whether a row can have several of the other's.
    pub const fn is_to_many(&self) -> bool {
        matches!(self, Self::HasMany { .. } | Self::ManyToMany { .. })
    }
}

/// What becomes of a row when the one it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused (409).
    Restrict,
    /// It is deleted too.
    Cascade,
    /// The reference becomes null.
    SetNull,
}

/// Who owns a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerSpec {
    /// Relations to follow and, last, the field that holds the owner's id (the token's `sub`):
    /// `["owner_id"]` or `["project", "owner_id"]`. Rust names.
    pub path: &'static [&'static str],
}

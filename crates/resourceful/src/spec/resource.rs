//! One resource and its relations, whose types refer to each other.

use std::time::Duration;

use super::field::{ComputedSpec, FieldAccess, FieldRole, FieldSpec, Kind};
use super::operation::{Operation, OperationSpec};
use super::requirement::Requirement;

/// Everything the framework knows about one resource.
#[derive(Debug, Clone, Copy)]
pub struct ResourceSpec {
    /// The struct's name, `Project`; also the name of its OpenAPI schema.
    pub type_name: &'static str,
    /// The name in permission strings, `projects`.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// The table's name before, if it was renamed: `migrate diff` renames it.
    pub was: Option<&'static str>,
    /// The path below the API prefix, without slashes: `projects`.
    pub path: &'static str,
    /// The tag that groups the operations in the OpenAPI document.
    pub tag: &'static str,
    /// The struct's doc comment.
    pub doc: &'static str,
    /// The fields, in the struct's order; everywhere else a field is an index into this list.
    pub fields: &'static [FieldSpec],
    /// The index of the id.
    pub id: usize,
    /// How the owner of a row is found, if rows have owners.
    pub owner: Option<OwnerSpec>,
    /// Relations to other resources.
    pub relations: &'static [RelationSpec],
    /// Output fields that are not columns.
    pub computed: &'static [ComputedSpec],
    /// Sets of fields whose values are unique together, by the fields' Rust names.
    pub unique: &'static [&'static [&'static str]],
    /// How `q` searches.
    pub search: SearchSpec,
    /// The permission that reading requires by default, `projects:read`.
    pub read_permission: &'static str,
    /// The operations that are offered, in the order of [`Operation::ALL`].
    pub operations: &'static [OperationSpec],
    /// How many rows a page holds.
    pub page: PageSpec,
    /// The default order of a list.
    pub sort: &'static [SortSpec],
    /// How long answers are kept; not at all when `None`.
    pub cache: Option<CacheSpec>,
    /// Writes of a row that exists must say which state of it they are based on.
    pub require_match: bool,
}

impl ResourceSpec {
    /// The id's field.
    pub fn id_field(&self) -> &'static FieldSpec {
        &self.fields[self.id]
    }

    /// The field with this Rust name.
    pub fn field(&self, name: &str) -> Option<(usize, &'static FieldSpec)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// The field with this name in JSON.
    pub fn field_by_json(&self, json: &str) -> Option<(usize, &'static FieldSpec)> {
        self.fields.iter().enumerate().find(|(_, field)| field.json == json)
    }

    /// The field that carries this role.
    pub fn field_with_role(&self, role: FieldRole) -> Option<(usize, &'static FieldSpec)> {
        self.fields.iter().enumerate().find(|(_, field)| field.role == role)
    }

    /// The field that holds the version of a row.
    pub fn version_field(&self) -> Option<(usize, &'static FieldSpec)> {
        self.field_with_role(FieldRole::Version)
    }

    /// The field of this struct that names the owner; `None` also when the owner is found through a relation.
    pub fn own_owner_field(&self) -> Option<(usize, &'static FieldSpec)> {
        match self.owner {
            Some(OwnerSpec { path: [field] }) => self.field(field),
            _ => None,
        }
    }

    /// Sets of fields whose values are unique together, by their columns.
    pub fn unique_columns(&self) -> impl Iterator<Item = Vec<&'static str>> {
        let column = |name: &&'static str| self.field(name).map(|(_, field)| field.column);
        self.unique.iter().map(move |names| names.iter().filter_map(column).collect())
    }

    /// Whether the field is the first of a set that is unique together, so that the index of the set serves it as well.
    pub fn leads_unique(&self, field: &FieldSpec) -> bool {
        self.unique.iter().any(|names| names.first() == Some(&field.name))
    }

    /// The relation with this Rust name.
    pub fn relation(&self, name: &str) -> Option<&'static RelationSpec> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// The relations that callers may use: those whose referring fields appear in answers. Through another relation
    /// `include` would reveal the value of a hidden field.
    pub fn open_relations(&'static self) -> impl Iterator<Item = &'static RelationSpec> {
        let shows = |spec: &'static ResourceSpec, field: Option<&'static FieldSpec>| {
            field.and_then(|field| spec.field(field.name)).is_some_and(|(index, _)| spec.is_readable(index))
        };
        self.relations.iter().filter(move |relation| {
            let target = (relation.target)();
            match relation.kind {
                RelationKind::BelongsTo { field, .. } => shows(self, self.field(field).map(|(_, field)| field)),
                RelationKind::HasMany { via } | RelationKind::HasOne { via } => {
                    shows(target, target.referring(self, via, None))
                }
                RelationKind::ManyToMany { through, from, to } => {
                    let through = through();
                    let from = through.referring(self, from, None);
                    shows(through, from) && shows(through, through.referring(target, to, from))
                }
            }
        })
    }

    /// The field that refers to rows of `to`: the one of this name, or else the only `belongs_to` to it other than
    /// `besides`.
    pub fn referring(
        &'static self,
        to: &ResourceSpec,
        name: Option<&str>,
        besides: Option<&FieldSpec>,
    ) -> Option<&'static FieldSpec> {
        if let Some(name) = name {
            return self.field(name).map(|(_, field)| field);
        }
        self.relations.iter().find_map(|back| match back.kind {
            RelationKind::BelongsTo { field, .. } if (back.target)().table == to.table => {
                let (_, field) = self.field(field)?;
                besides.is_none_or(|other| other.name != field.name).then_some(field)
            }
            _ => None,
        })
    }

    /// The offered operation, or `None` when the resource does not offer it.
    pub fn operation(&self, operation: Operation) -> Option<&'static OperationSpec> {
        self.operations.iter().find(|offered| offered.operation == operation)
    }

    /// Whether a caller may write the field when they create a row.
    pub fn is_creatable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        let role = match field.role {
            FieldRole::Id => matches!(field.ty.kind, Kind::String),
            FieldRole::CreatedAt | FieldRole::UpdatedAt | FieldRole::Version => false,
            FieldRole::Plain => true,
        };
        let access = matches!(field.access, FieldAccess::Normal | FieldAccess::CreateOnly | FieldAccess::WriteOnly);
        role && access && !field.is_file() && (field.write.is_some() || !self.is_own_owner(index))
    }

    /// Whether the id itself is the owner, as in a table of users whose id is the token's subject.
    pub fn id_is_owner(&self) -> bool {
        self.own_owner_field().is_some_and(|(owner, _)| owner == self.id)
    }

    /// Whether the field holds the owner's id.
    pub fn is_own_owner(&self, index: usize) -> bool {
        self.own_owner_field().is_some_and(|(owner, _)| owner == index)
    }

    /// Whether a caller may write the field when they create a row of their own: not the id that is the owner.
    pub fn is_own_creatable(&self, index: usize) -> bool {
        self.is_creatable(index) && !(self.id_is_owner() && index == self.id)
    }

    /// Whether the body of `POST /self` has other fields than that of `POST`: where the id is the owner, and callers may
    /// name an owner other than themselves.
    pub fn has_own_creatable(&self) -> bool {
        self.id_is_owner() && self.is_creatable(self.id)
    }

    /// Whether a caller may write the field of a row that exists.
    pub fn is_updatable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        self.is_creatable(index) && field.role != FieldRole::Id && field.access != FieldAccess::CreateOnly
    }

    /// Whether the field appears in answers.
    pub fn is_readable(&self, index: usize) -> bool {
        !matches!(self.fields[index].access, FieldAccess::Hidden | FieldAccess::WriteOnly)
    }

    /// Whether callers can filter by the field: the id, and fields with `filter` that appear in answers. A field that
    /// callers cannot see could be guessed letter by letter if they could filter by it.
    pub fn is_filterable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        (field.filter || index == self.id) && field.ty.kind.is_comparable() && self.is_readable(index)
    }

    /// Whether callers can sort by the field: the id, and fields with `sort` that appear in answers.
    pub fn is_sortable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        (field.sort || index == self.id) && field.ty.kind.is_comparable() && self.is_readable(index)
    }

    /// Whether `q` searches the field: fields with `search` that appear in answers.
    pub fn is_searchable(&self, index: usize) -> bool {
        let field = &self.fields[index];
        field.search && field.ty.kind.is_text() && self.is_readable(index)
    }

    /// What a caller must hold to see rows of this resource through a relation: the requirement of the operation that
    /// shows them directly.
    pub fn read_requirement(&self, to_many: bool) -> Requirement {
        let order = if to_many { [Operation::List, Operation::Get] } else { [Operation::Get, Operation::List] };
        let offered = order.into_iter().find_map(|operation| self.operation(operation));
        offered.map_or(Requirement::Permission(self.read_permission), |offered| offered.requires)
    }

    /// The permissions that fields require in addition to those of the operations.
    pub fn field_permissions(&self) -> impl Iterator<Item = &'static str> {
        let computed = self.computed.iter().map(|computed| computed.read);
        self.fields.iter().flat_map(|field| [field.read, field.write]).chain(computed).flatten()
    }

    /// Whether a body that creates a row, or replaces one, must name the field.
    pub fn is_required(&self, index: usize) -> bool {
        let field = &self.fields[index];
        !(field.ty.nullable || field.has_default || self.is_own_owner(index))
    }
}

/// How `q` searches the search fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchSpec {
    /// Each word must be part of the text of one of them, ignoring case.
    Substring,
    /// Full-text search where the database has it (PostgreSQL), ranked; elsewhere as [`Substring`](Self::Substring).
    FullText,
}

/// How many rows a page holds.
#[derive(Debug, Clone, Copy)]
pub struct PageSpec {
    /// The default size.
    pub default: u32,
    /// The maximum size.
    pub max: u32,
}

/// How long answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSpec {
    /// By the server, as long as nothing is written.
    pub ttl: Option<Duration>,
    /// By browsers and by caches in front of the server, where an answer is public. Whole seconds.
    pub max_age: Option<Duration>,
}

/// One key of the default order.
#[derive(Debug, Clone, Copy)]
pub struct SortSpec {
    /// The field's Rust name.
    pub field: &'static str,
    /// Descending.
    pub descending: bool,
}

/// A relation to another resource.
#[derive(Debug, Clone, Copy)]
pub struct RelationSpec {
    /// The Rust name, `owner`.
    pub name: &'static str,
    /// The name in JSON and in queries.
    pub json: &'static str,
    /// Which side holds the reference.
    pub kind: RelationKind,
    /// The other resource. A function, because two resources may refer to each other.
    pub target: fn() -> &'static ResourceSpec,
}

/// Which side of a relation holds the reference.
#[derive(Debug, Clone, Copy)]
pub enum RelationKind {
    /// This row refers to one of the other resource, by its id.
    BelongsTo {
        /// The Rust name of the referring field.
        field: &'static str,
        /// What happens to this row when the other is deleted.
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
    /// Whether a row can have several related rows.
    pub const fn is_to_many(&self) -> bool {
        matches!(self, Self::HasMany { .. } | Self::ManyToMany { .. })
    }
}

/// What happens to a row when the row that it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion is refused (409).
    Restrict,
    /// It is deleted too.
    Cascade,
    /// The reference becomes null.
    SetNull,
}

/// How the owner of a row is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerSpec {
    /// Relations to follow and, last, the field that holds the owner's id (the token's `sub`):
    /// `["owner_id"]` or `["project", "owner_id"]`. Rust names.
    pub path: &'static [&'static str],
}

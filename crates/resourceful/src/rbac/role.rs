//! Roles.

pub use self::role::*;

use super::{Permission, RolePermission, UserRole};
use crate::prelude::*;

/// A role in the application's database: permissions that are granted together.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    hooks,
    sort = "name",
    many_to_many(permissions: Permission, through = RolePermission),
    has_many(assignments: RolePermission),
    has_many(users: UserRole)
)]
pub struct Role {
    /// The role's id.
    pub id: Uuid,
    /// The role's name, which endpoints can require.
    #[resource(length(1..=100), pattern = r"^\S(.*\S)?$", unique, filter, sort, search)]
    pub name: String,
    /// What the role is for.
    #[resource(length(..=500), search)]
    pub description: Option<String>,
    /// When the role was created.
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    /// When the role was last changed.
    pub updated_at: DateTime<Utc>,
}

#[diagnostic::do_not_recommend]
impl Hooks for Role {
    super::notices::announces_changes!();
}

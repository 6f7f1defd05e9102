//! The permissions of roles.

pub use self::role_permission::*;

use super::{Permission, Role};
use crate::prelude::*;

/// A permission of a role.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    hooks,
    operations(except(update, patch)),
    permissions(
        list = "roles:read",
        count = "roles:read",
        search = "roles:read",
        get = "roles:read",
        create = "roles:write",
        bulk_create = "roles:write",
        delete = "roles:write"
    ),
    unique(role_id, permission_id)
)]
pub struct RolePermission {
    /// The id of the assignment.
    pub id: Uuid,
    /// The role.
    #[resource(belongs_to(role: Role, on_delete = "cascade"), filter)]
    pub role_id: Uuid,
    /// The permission.
    #[resource(belongs_to(permission: Permission, on_delete = "cascade"), filter)]
    pub permission_id: Uuid,
    /// When the permission was assigned.
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
}

#[diagnostic::do_not_recommend]
impl Hooks for RolePermission {
    super::notices::announces_changes!();
}

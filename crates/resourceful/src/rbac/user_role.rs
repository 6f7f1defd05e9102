//! The roles of users.

pub use self::user_role::*;

use super::Role;
use crate::prelude::*;

/// A role of a user.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks, operations(except(update, patch)), unique(user_id, role_id))]
pub struct UserRole {
    /// The id of the assignment.
    pub id: Uuid,
    /// The subject of the user's tokens, such as `auth0|64f0c1`.
    #[resource(length(1..=255), filter, sort)]
    pub user_id: String,
    /// The role.
    #[resource(belongs_to(role: Role, on_delete = "cascade"), filter)]
    pub role_id: Uuid,
    /// When the role was assigned.
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
}

#[diagnostic::do_not_recommend]
impl Hooks for UserRole {
    super::notices::announces_changes!();
}

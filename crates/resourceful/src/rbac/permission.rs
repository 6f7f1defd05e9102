//! Permissions.

pub use self::permission::*;

use sea_orm::ActiveValue;

use super::{Role, RolePermission};
use crate::error::{FieldError, codes};
use crate::prelude::*;

/// A permission that roles in the application's database can grant.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks, sort = "name", many_to_many(roles: Role, through = RolePermission))]
pub struct Permission {
    /// The permission's id.
    pub id: Uuid,
    /// The name that endpoints require, such as `projects:read`; not a wildcard.
    #[resource(length(1..=280), pattern = r"^[^\s*,]+$", unique, filter, sort, search)]
    pub name: String,
    /// What the permission allows.
    #[resource(length(..=500), search)]
    pub description: Option<String>,
    /// When the permission was created.
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    /// When the permission was last changed.
    pub updated_at: DateTime<Utc>,
}

#[diagnostic::do_not_recommend]
impl Hooks for Permission {
    async fn before_create(row: &mut permission::ActiveModel, hook: &HookContext) -> Result<()> {
        check(&row.name, hook)
    }

    async fn before_update(_: &Self, row: &mut permission::ActiveModel, hook: &HookContext) -> Result<()> {
        check(&row.name, hook)
    }

    super::notices::announces_changes!();
}

/// Refuses a permission that could not be granted, because its row would have no effect.
fn check(name: &ActiveValue<String>, hook: &HookContext) -> Result<()> {
    let (ActiveValue::Set(name), Some(grants)) = (name, hook.ctx().grants()) else { return Ok(()) };
    if grants.allows(name) {
        return Ok(());
    }
    let message = "is not one of the permissions that roles of this application may grant (AUTH0_RBAC_PERMISSIONS)";
    Err(Error::validation(vec![FieldError::at("/name", codes::NOT_GRANTABLE, message)]))
}

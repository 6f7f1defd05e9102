//! Roles and permissions that the application stores in its database, in addition to those of the tenant
//! (`AUTH0_USE_RBAC`, feature `rbac`).
//!
//! A [`Role`] has permissions ([`RolePermission`]), and users have roles ([`UserRole`]). The permissions of a user's roles
//! are added to those of their token, for every request, and for endpoints, fields and services. Four resources and the
//! endpoints `/users/{id}/roles` manage the rows; they require permissions like all other resources.
//!
//! Roles can only grant permissions that [`RbacSettings`] allow: rows for other permissions have no effect, and cannot be
//! created through the API. See [the guide](crate::guide::permissions).

mod grants;
#[cfg(feature = "migrate")]
mod migration;
mod notices;
pub mod permission;
pub mod role;
pub mod role_permission;
mod seed;
mod settings;
pub mod user_role;
mod user_roles;

pub use permission::Permission;
pub use role::Role;
pub use role_permission::RolePermission;
pub use settings::RbacSettings;
pub use user_role::UserRole;

#[cfg(feature = "migrate")]
pub use migration::Migration;
pub(crate) use seed::seed;

use crate::context::{Context, ContextBuilder};
use crate::error::StartupError;
use crate::http::{Api, Mount, Routes};
use crate::spec::Requirement;

/// Adds the resources and endpoints.
pub(crate) fn add_to(api: &mut Api) {
    api.add::<Role>(Routes::default());
    api.add::<Permission>(Routes::default());
    api.add::<RolePermission>(Routes::default());
    api.add::<UserRole>(Routes::default());
    api.add_scope(user_roles::PATH, Requirement::Public, user_roles::routes);
}

/// Adds the resources and endpoints to those that your own actix application mounts:
/// `rbac::mount(resourceful::mount(&ctx).resource::<Project>())`.
pub fn mount(mut mount: Mount) -> Mount {
    add_to(mount.api_mut());
    mount
}

impl ContextBuilder {
    /// Enables roles in the database: their permissions are added to those of the tokens. `AUTH0_USE_RBAC` does the same.
    pub fn use_rbac(self, settings: RbacSettings) -> Self {
        self.grants(grants::Grants::new(settings))
    }
}

impl Context {
    /// Enables roles in the database from now on: their permissions are added to those of the tokens. `AUTH0_USE_RBAC`
    /// does the same.
    ///
    /// # Errors
    /// If they are enabled already, here or by `AUTH0_USE_RBAC`.
    pub fn use_rbac(&self, settings: RbacSettings) -> Result<(), StartupError> {
        self.set_grants(grants::Grants::new(settings))
    }
}

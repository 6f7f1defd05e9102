//! Roles and permissions that the application keeps itself, in addition to those of the tenant (`AUTH0_USE_RBAC`, feature
//! `rbac`).
//!
//! A [`Role`] has permissions ([`RolePermission`]), users have roles ([`UserRole`]). What a user's roles grant is added to
//! what their token grants, for every request and everywhere alike: endpoints, fields, services. Four resources and the
//! endpoints `/users/{id}/roles` administrate it; they are guarded like all others.
//!
//! Never more is granted than [`RbacSettings`] allow, whatever the tables hold: a permission outside of them grants
//! nothing, and cannot be created either. See [the guide](crate::guide::permissions).

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

/// Adds the resources and endpoints to those that an actix application of your own mounts:
/// `rbac::mount(resourceful::mount(&ctx).resource::<Project>())`.
pub fn mount(mut mount: Mount) -> Mount {
    add_to(mount.api_mut());
    mount
}

impl ContextBuilder {
    /// Callers hold what their roles in the database grant, in addition to what their tokens grant. `AUTH0_USE_RBAC` does
    /// the same.
    pub fn use_rbac(self, settings: RbacSettings) -> Self {
        self.grants(grants::Grants::new(settings))
    }
}

impl Context {
    /// From now on callers hold what their roles in the database grant, in addition to what their tokens grant.
    /// `AUTH0_USE_RBAC` does the same.
    ///
    /// # Errors
    /// When that is set already, here or by `AUTH0_USE_RBAC`.
    pub fn use_rbac(&self, settings: RbacSettings) -> Result<(), StartupError> {
        self.set_grants(grants::Grants::new(settings))
    }
}

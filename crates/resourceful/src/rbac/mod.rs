//! Roles and permissions that the application keeps itself, beside those of the tenant (`AUTH0_USE_RBAC`).
//!
//! A [`Role`] has permissions ([`RolePermission`]), users have roles ([`UserRole`]). What a user's roles grant is added to
//! what his token grants, for every request and everywhere alike: endpoints, fields, services. Four resources and the
//! endpoints `/users/{id}/roles` serve to administrate it; they are guarded like all others.
//!
//! Never more is granted than [`RbacSettings`] allow, whoever writes into the tables: a permission outside of them opens
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

use crate::context::Context;
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

/// Adds the resources and endpoints to those that an actix application of one's own mounts:
/// `rbac::mount(resourceful::mount(&ctx).resource::<Project>())`.
#[must_use]
pub fn mount(mount: Mount) -> Mount {
    let mount = mount.resource::<Role>().resource::<Permission>().resource::<RolePermission>().resource::<UserRole>();
    mount.scope(user_roles::PATH, Requirement::Public, user_roles::routes)
}

impl Context {
    /// From now on callers hold what their roles in the database grant, besides what their tokens do. The first call
    /// counts; `AUTH0_USE_RBAC` does the same.
    pub fn use_rbac(&self, settings: RbacSettings) {
        self.set_grants(grants::Grants::new(settings));
    }
}

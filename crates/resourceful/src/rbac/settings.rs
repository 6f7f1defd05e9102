//! Which permissions roles in the database can grant.

use crate::env::{Reader, Setting};

/// Which permissions roles in the database can grant. Rows for other permissions have no effect.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RbacSettings {
    /// `AUTH0_RBAC_PERMISSIONS`: the permissions that can be granted, each exactly or by a wildcard at one end
    /// (`projects:*`, `*:read`), with the meaning that
    /// [`CurrentUser::has_permission`](crate::CurrentUser::has_permission) gives to it.
    pub permissions: Vec<String>,
    /// `AUTH0_RBAC_ROLES`: the names of roles that also count as roles of the token, for endpoints that require a role.
    /// Empty by default.
    pub roles: Vec<String>,
}

impl RbacSettings {
    pub(crate) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "AUTH0_USE_RBAC",
                "true: the application also stores roles and permissions in its database (/roles, /permissions, \
                 /role-permissions, /user-roles, /users/{id}/roles). Their permissions are added to those of the token.",
            )
            .default("false"),
            Setting::new(
                "AUTH0_RBAC_PERMISSIONS",
                "The permissions that these roles may grant, comma-separated; a wildcard is allowed at one end. Required \
                 with AUTH0_USE_RBAC.",
            )
            .example("projects:*,tasks:read"),
            Setting::new(
                "AUTH0_RBAC_ROLES",
                "The names of such roles that also count for endpoints which require a role, comma-separated. By default \
                 none.",
            ),
        ]
    }

    /// Reads the settings; `None` if `AUTH0_USE_RBAC` is not true.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Option<Self> {
        let settings =
            Self { permissions: reader.list("AUTH0_RBAC_PERMISSIONS"), roles: reader.list("AUTH0_RBAC_ROLES") };
        if !reader.flag("AUTH0_USE_RBAC") {
            return None;
        }
        let problems = settings.problems();
        let is_right = problems.is_empty();
        reader.problems(problems);
        is_right.then_some(settings)
    }

    /// Settings that allow these permissions.
    pub fn new<S: Into<String>>(permissions: impl IntoIterator<Item = S>) -> Self {
        Self { permissions: permissions.into_iter().map(Into::into).collect(), roles: Vec::new() }
    }

    /// Whether a role in the database may grant this permission.
    pub fn allows(&self, permission: &str) -> bool {
        !permission.contains('*') && self.permissions.iter().any(|allowed| crate::actor::grants(allowed, permission))
    }

    /// The problems of the settings, one sentence each.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.permissions.is_empty() {
            problems.push(
                "AUTH0_USE_RBAC is true, but AUTH0_RBAC_PERMISSIONS does not say which permissions roles in the database can \
                 grant; list them, `projects:*,tasks:read` for example"
                    .to_owned(),
            );
        }
        problems.extend(self.permissions.iter().filter(|entry| !is_grant(entry)).map(|entry| {
            format!(
                "AUTH0_RBAC_PERMISSIONS has the entry `{entry}`, which matches no permission: it must be a permission such as \
                 `projects:read`, or one with a wildcard for its first or its last word, `projects:*` or `*:read`"
            )
        }));
        problems
    }
}

/// Whether an entry can match any permission.
fn is_grant(entry: &str) -> bool {
    let bare = entry.strip_suffix(":*").or_else(|| entry.strip_prefix("*:")).unwrap_or(entry);
    !bare.is_empty() && !bare.contains('*') && !bare.contains(char::is_whitespace)
}

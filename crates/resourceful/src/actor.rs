//! The actor: a user with a verified token, an anonymous caller, or the system itself.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::spec::Requirement;

/// A caller with a verified token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CurrentUser {
    /// The token's `sub`, such as `auth0|64f0c1`.
    pub id: String,
    /// The e-mail claim, if the token has one.
    pub email: Option<String>,
    /// The `name` claim, if the token has one.
    pub name: Option<String>,
    /// The permissions claim (Auth0: "Add Permissions in the Access Token").
    pub permissions: Vec<String>,
    /// The roles claim.
    pub roles: Vec<String>,
    /// The words of the `scope` claim (RFC 8693 section 4.2).
    pub scopes: Vec<String>,
    /// Whether the token belongs to an application (client credentials) and not to a person. An application cannot own
    /// rows.
    pub is_machine: bool,
    /// All claims, as they are in the token.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

impl CurrentUser {
    /// A user with this id and no permissions: for jobs and tests.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// The same user with these permissions in addition.
    #[must_use]
    pub fn with_permissions<S: Into<String>>(mut self, permissions: impl IntoIterator<Item = S>) -> Self {
        self.permissions.extend(permissions.into_iter().map(Into::into));
        self
    }

    /// Whether the token grants this permission: exactly, or by a grant that ends or begins with a wildcard.
    ///
    /// | granted | opens | does not open |
    /// |---|---|---|
    /// | `projects:read` | `projects:read` | `projects:read:self`, `projects:write`, `Projects:Read` |
    /// | `projects:read:self` | `projects:read:self` | `projects:read` |
    /// | `projects:*` | every permission that begins with `projects:` | `projects`, `projects-archive:read` |
    /// | `projects:read:*` | `projects:read:self` | `projects:read` |
    /// | `*:admin` | every permission that ends with `:admin` | `admin`, `projects:admin:self` |
    /// | `*`, `*:*`, `pro*`, `projects:*:self` | nothing: a wildcard is one whole word at one end | everything |
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| grants(held, permission))
    }

    /// Whether the token contains exactly this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether the token contains exactly this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

/// Whether a grant includes a permission.
pub(crate) fn grants(held: &str, permission: &str) -> bool {
    let beyond = |rest: &str| !rest.is_empty() && !rest.contains('*');
    match (held.strip_suffix(":*"), held.strip_prefix("*:")) {
        (Some(begin), None) if beyond(begin) => {
            permission.strip_prefix(begin).and_then(|rest| rest.strip_prefix(':')).is_some_and(|rest| !rest.is_empty())
        }
        (None, Some(end)) if beyond(end) => {
            permission.strip_suffix(end).and_then(|rest| rest.strip_suffix(':')).is_some_and(|rest| !rest.is_empty())
        }
        _ => held == permission && !held.contains('*'),
    }
}

/// The actor of an operation.
#[derive(Debug, Clone)]
pub enum Actor {
    /// An anonymous caller: a request without a token.
    Anonymous,
    /// A user.
    User(Arc<CurrentUser>),
    /// The application itself: seeds, jobs, tests. It has all permissions.
    System,
}

impl Actor {
    /// The user, if there is one.
    pub fn user(&self) -> Option<&Arc<CurrentUser>> {
        match self {
            Self::User(user) => Some(user),
            Self::Anonymous | Self::System => None,
        }
    }

    /// Whether the actor has the permission that a field requires, or the field requires none. The system has all
    /// permissions.
    pub fn holds(&self, permission: Option<&'static str>) -> bool {
        match (permission, self) {
            (None, _) | (_, Self::System) => true,
            (Some(permission), Self::User(user)) => user.has_permission(permission),
            (Some(_), Self::Anonymous) => false,
        }
    }

    /// Checks a requirement.
    ///
    /// # Errors
    /// 401 `unauthenticated` for an anonymous caller; 403 `insufficient-scope`, which names what is missing.
    pub fn require(&self, requirement: &Requirement) -> Result<()> {
        let user = match (self, requirement) {
            (_, Requirement::Public) | (Self::System, _) => return Ok(()),
            (Self::Anonymous, _) => {
                return Err(Error::new(
                    &crate::error::catalogue::UNAUTHENTICATED,
                    "Send an access token: Authorization: Bearer <token>",
                ));
            }
            (Self::User(user), _) => user,
        };
        let denied = |what: &str, name: &str| {
            Err(Error::new(&crate::error::catalogue::INSUFFICIENT_SCOPE, format!("This needs the {what} {name}")))
        };
        match requirement {
            Requirement::Public => Ok(()),
            Requirement::Permission(permission) if user.has_permission(permission) => Ok(()),
            Requirement::Any(permissions) if permissions.iter().any(|permission| user.has_permission(permission)) => {
                Ok(())
            }
            Requirement::Permission(permission) => Err(Error::missing_permission(&[permission])),
            Requirement::Any(permissions) => Err(Error::missing_permission(permissions)),
            Requirement::All(permissions) => {
                match permissions.iter().find(|permission| !user.has_permission(permission)) {
                    None => Ok(()),
                    Some(permission) => Err(Error::missing_permission(&[permission])),
                }
            }
            Requirement::Role(role) if user.has_role(role) => Ok(()),
            Requirement::Role(role) => denied("role", role),
            Requirement::Scope(scope) if user.has_scope(scope) => Ok(()),
            Requirement::Scope(scope) => {
                Err(Error::missing_permission(&[scope]).with_detail(format!("This needs the scope {scope}")))
            }
        }
    }
}

/// Which rows of a resource a caller may access, before the resource's policy is applied. It is decided once, when the
/// caller is admitted to the endpoint, and applied when statements are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowAccess {
    /// All rows.
    #[default]
    All,
    /// The caller's own rows only: the caller was admitted by a `..:self` permission.
    Own,
}

#[cfg(test)]
mod tests {
    use super::grants;

    #[test]
    fn permissions_of_grants() {
        for (held, permission, opens) in [
            ("projects:read", "projects:read", true),
            ("projects:read", "projects:read:self", false),
            ("projects:read:self", "projects:read", false),
            ("Projects:Read", "projects:read", false),
            ("projects:read ", "projects:read", false),
            ("projects:*", "projects:read", true),
            ("projects:*", "projects:read:self", true),
            ("projects:*", "projects:", false),
            ("projects:*", "projects", false),
            ("projects:*", "projects-archive:read", false),
            ("projects:*", "x:projects:read", false),
            ("projects:read:*", "projects:read:self", true),
            ("projects:read:*", "projects:read", false),
            ("*:admin", "projects:admin", true),
            ("*:admin", "admin", false),
            ("*:admin", ":admin", false),
            ("*:admin", "projects:admin:self", false),
            ("*:admin", "projects:superadmin", false),
            ("*:read:self", "projects:read:self", true),
            ("*:read:self", "projects:read", false),
            ("*", "projects:read", false),
            ("*:*", "projects:read", false),
            ("*:", "projects:", false),
            (":*", ":read", false),
            ("pro*", "projects:read", false),
            ("projects*", "projects:read", false),
            ("projects:*:self", "projects:read:self", false),
            ("*:read:*", "projects:read:self", false),
            ("*:admin", "*:admin", true),
            ("a*", "a*", false),
            ("", "", true),
        ] {
            assert_eq!(grants(held, permission), opens, "{held} for {permission}");
        }
    }
}

//! What an endpoint requires of its caller.

use std::fmt;

/// What a caller must hold before anything else of a request is looked at. `projects:read` opens nothing else, and
/// `projects:read:self` does not open `projects:read`; a grant may end or begin with a wildcard, as the table at
/// [`CurrentUser::has_permission`](crate::CurrentUser::has_permission) says. Displayed as `any of a, b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing; a token that is sent must still be valid.
    Public,
    /// This permission.
    Permission(&'static str),
    /// At least one of these permissions.
    Any(&'static [&'static str]),
    /// All of these permissions.
    All(&'static [&'static str]),
    /// This role.
    Role(&'static str),
    /// This OAuth scope.
    Scope(&'static str),
}

impl Requirement {
    /// The permissions it names.
    pub fn permissions(&self) -> &[&'static str] {
        match self {
            Self::Permission(permission) => std::slice::from_ref(permission),
            Self::Any(permissions) | Self::All(permissions) => permissions,
            Self::Public | Self::Role(_) | Self::Scope(_) => &[],
        }
    }

    /// All of these together: `role admin, and projects:read`.
    pub(crate) fn in_words(all: &[Self]) -> String {
        if all.is_empty() {
            return Self::Public.to_string();
        }
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ")
    }

    /// What is wrong with it: an empty list, which would admit no caller or every caller, or a name that no token carries.
    pub(crate) fn invalid_part(&self) -> Option<String> {
        let word = |what: &str, name: &str| {
            // The characters of a token's `scope` (RFC 6749 section 3.3), and so of the `scope` of a challenge.
            let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
            (!fits).then(|| {
                format!("the {what} {name:?}; it is one word of printable ASCII without spaces, quotes and backslashes")
            })
        };
        match self {
            Self::Public => None,
            Self::Any([]) => Some("any of no permissions, which no caller can hold; name at least one".to_owned()),
            Self::All([]) => Some("all of no permissions; name at least one, or use `Requirement::Public`".to_owned()),
            Self::Role(role) => role.trim().is_empty().then(|| "a role without a name".to_owned()),
            Self::Scope(scope) => word("scope", scope),
            Self::Permission(_) | Self::Any(_) | Self::All(_) => {
                self.permissions().iter().find_map(|name| word("permission", name))
            }
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Permission(permission) => f.write_str(permission),
            Self::Any(permissions) => write!(f, "any of {}", permissions.join(", ")),
            Self::All(permissions) => write!(f, "all of {}", permissions.join(", ")),
            Self::Role(role) => write!(f, "role {role}"),
            Self::Scope(scope) => write!(f, "scope {scope}"),
        }
    }
}

//! What an endpoint asks of its caller.

/// What a caller must hold before anything else of a request is looked at. `projects:read` opens nothing else, and
/// `projects:read:self` does not open `projects:read`; a grant may end or begin with a wildcard, as the table at
/// [`CurrentUser::has_permission`](crate::CurrentUser::has_permission) says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing; a token that is sent must still be a good one.
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
}

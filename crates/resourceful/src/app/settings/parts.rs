//! Which settings a command needs: what is wrong with the others is no reason not to run it.

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Part {
    /// `ENVIRONMENT`
    Environment,
    /// `HOST`, `PORT`, `WORKERS`, `BODY_LIMIT`, `SECRET_KEY`, CORS and the log
    Server,
    /// `API_PREFIX`
    Prefix,
    /// `DATABASE_URL` and its kin
    Database,
    /// `REDIS_URL`
    Redis,
    /// Which tokens are accepted
    Tokens,
    /// The tenant's Management API
    Management,
    /// Roles and permissions of the application's own
    Rbac,
}

impl Part {
    /// What serving needs.
    pub(in crate::app) const ALL: &[Self] = &[
        Self::Environment,
        Self::Server,
        Self::Prefix,
        Self::Database,
        Self::Redis,
        Self::Tokens,
        Self::Management,
        Self::Rbac,
    ];
}

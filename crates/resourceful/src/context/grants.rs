//! Permissions that the application itself grants to callers, in addition to those of their tokens.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Context;
use crate::actor::CurrentUser;
use crate::error::Result;

/// A source of permissions that the application grants to callers, in addition to those of their tokens. It is called
/// for every request with a valid token, before the request's permissions are checked.
pub trait GrantSource: Send + Sync + 'static {
    /// The caller with the additional permissions.
    ///
    /// # Errors
    /// 503 if the permissions cannot be read: then the request is refused, and not processed with fewer permissions.
    fn extend<'a>(&'a self, ctx: &'a Context, user: Arc<CurrentUser>) -> BoxFuture<'a, Result<Arc<CurrentUser>>>;

    /// Whether this source can grant the permission to any caller.
    fn allows(&self, permission: &str) -> bool;

    /// Clears cached permissions of callers, because something was granted or revoked.
    fn forget(&self);
}

/// Its name in messages.
pub(super) const NAME: &str = "a source of additional permissions (`rbac`, `use_rbac` or `set_grants`)";

/// The extension of the context that holds the source.
pub(super) struct Granting(pub(super) Arc<dyn GrantSource>);

impl Granting {
    pub(super) fn new(source: impl GrantSource) -> Self {
        Self(Arc::new(source))
    }
}

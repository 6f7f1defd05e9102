//! What the application itself grants to callers, in addition to what their tokens grant.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Context;
use crate::actor::CurrentUser;
use crate::error::Result;

/// Where the application keeps what it grants to callers, in addition to what their tokens grant. It is consulted for
/// every request with a valid token, before the permissions of the request are checked.
pub trait GrantSource: Send + Sync + 'static {
    /// The caller with what the application grants them in addition.
    ///
    /// # Errors
    /// 503 when that cannot be found out: the request is refused rather than answered with less.
    fn extend<'a>(&'a self, ctx: &'a Context, user: Arc<CurrentUser>) -> BoxFuture<'a, Result<Arc<CurrentUser>>>;

    /// Whether this permission can be granted at all.
    fn allows(&self, permission: &str) -> bool;

    /// Forgets what is remembered of callers, because something was granted or taken.
    fn forget(&self);
}

/// What messages call it.
pub(super) const NAME: &str = "what the application grants to callers (`rbac`, `use_rbac` or `set_grants`)";

/// The extension of the context that holds the source.
pub(super) struct Granting(pub(super) Arc<dyn GrantSource>);

impl Granting {
    pub(super) fn new(source: impl GrantSource) -> Self {
        Self(Arc::new(source))
    }
}

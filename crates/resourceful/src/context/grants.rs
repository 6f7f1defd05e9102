//! What the application itself grants to callers, beside what their tokens do.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Context;
use crate::actor::CurrentUser;
use crate::error::Result;

/// Where the application keeps what it grants to callers, beside what their tokens do. Asked for every request with a
/// good token, before its permissions are checked.
pub trait GrantSource: Send + Sync + 'static {
    /// The caller with what the application grants him besides.
    ///
    /// # Errors
    /// 503 when that cannot be found out: the request is refused rather than answered with less.
    fn extend<'a>(&'a self, ctx: &'a Context, user: Arc<CurrentUser>) -> BoxFuture<'a, Result<Arc<CurrentUser>>>;

    /// Whether this permission can be granted at all.
    fn allows(&self, permission: &str) -> bool;

    /// Forgets what is remembered of callers, because something was granted or taken.
    fn forget(&self);
}

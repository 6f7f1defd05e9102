//! What a request has to do with tokens that are bound to a key (DPoP, RFC 9449).

use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::actor::CurrentUser;
use crate::auth::Verifier;

/// What the application requires of bound tokens, for the challenges of a response.
#[derive(Debug, Clone)]
pub(crate) struct Dpop {
    /// The algorithms that proofs may be signed with.
    pub(crate) algorithms: String,
    /// Bearer tokens are accepted too.
    pub(crate) bearer: bool,
    /// The request has used the scheme.
    pub(crate) used: bool,
}

/// The caller whose proof was verified, and by which verifier: an application can have several.
#[derive(Clone, Default)]
pub(crate) struct Proven(pub(crate) Rc<Mutex<Option<(Arc<Verifier>, Arc<CurrentUser>)>>>);

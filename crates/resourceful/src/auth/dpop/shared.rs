//! The list of used proofs that processes share.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// A list of used proofs that the processes of an application share (RFC 9449 section 11.1).
pub trait ProofStore: Send + Sync + 'static {
    /// Marks this proof as used for the length of the window, and returns whether this is its first use; `None` if the
    /// store does not respond. It is not called for a proof that this process has seen itself.
    fn first_use<'a>(&'a self, proof: &'a str, window: Duration) -> BoxFuture<'a, Option<bool>>;
}

#[cfg(feature = "redis")]
impl ProofStore for crate::redis::Redis {
    fn first_use<'a>(&'a self, proof: &'a str, window: Duration) -> BoxFuture<'a, Option<bool>> {
        use futures_util::FutureExt;

        use crate::redis::{Value, cmd};

        async move {
            let mut set = cmd("SET");
            let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
            set.arg(format!("resourceful:dpop:{proof}")).arg(1).arg("NX").arg("PX").arg(window);
            match self.ask::<Value>(&set).await {
                Ok(Value::Okay) => Some(true),
                Ok(Value::Nil) => Some(false),
                _ => None,
            }
        }
        .boxed()
    }
}

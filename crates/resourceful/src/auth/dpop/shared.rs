//! Proofs that other processes have seen.

use std::time::Duration;

use futures_util::future::BoxFuture;

/// Where the processes of an application tell each other which proofs were used (RFC 9449 section 11.1).
pub trait ProofStore: Send + Sync + 'static {
    /// Whether nobody has used this proof before, which from now on counts as used for as long as the window is;
    /// `None` when nobody can say. A process that has seen a proof itself does not ask.
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

//! Messages, how they are delivered, and why they were not.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::context::Context;

/// A message of the outbox, as its handler receives it.
#[derive(Debug, Clone)]
pub struct Message {
    /// The id of its row, the same at each attempt. It lets a recipient recognise a message that arrives twice.
    pub id: Uuid,
    /// The kind that the handler is registered for.
    pub kind: String,
    /// The number of this attempt; the first is 1.
    pub attempt: u32,
    pub(super) payload: String,
}

impl Message {
    /// What was given to [`Outbox::add`](super::Outbox::add).
    ///
    /// # Errors
    /// A permanent failure if it is not JSON of this type.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Undelivered> {
        serde_json::from_str(&self.payload)
            .map_err(|error| Undelivered::permanent(format!("the payload cannot be read: {error}")))
    }
}

/// Why a message was not delivered, and whether it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Undelivered {
    permanent: bool,
    reason: String,
    remaining: Option<String>,
}

/// The most characters of a reason that are stored.
const REASON: usize = 500;

impl Undelivered {
    /// A later attempt may succeed. Everything that is not certainly permanent is temporary.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { permanent: false, reason: bounded(reason.into()), remaining: None }
    }

    /// No attempt can succeed: the message becomes a failed one with this reason.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self { permanent: true, ..Self::temporary(reason) }
    }

    /// A part of the message was delivered. The rest of it replaces the payload, so that a later attempt does not deliver
    /// that part again.
    pub fn remaining(mut self, payload: &impl Serialize) -> Self {
        self.remaining = serde_json::to_string(payload).ok();
        self
    }

    /// Whether no attempt can succeed.
    pub fn is_permanent(&self) -> bool {
        self.permanent
    }

    /// The reason, for a person.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The payload that is stored from now on; `None` if it does not change.
    pub(super) fn payload(&self) -> Option<&str> {
        self.remaining.as_deref()
    }
}

/// On one line, and not longer than what is stored. A reason can contain the answer of another server.
fn bounded(reason: String) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON).collect()
}

type Delivering = BoxFuture<'static, Result<(), Undelivered>>;

/// What delivers messages of one kind.
pub(super) type Handler = Arc<dyn Fn(Context, Message) -> Delivering + Send + Sync>;

/// What delivers messages, by their kind.
#[derive(Clone, Default)]
pub(crate) struct Handlers(BTreeMap<String, Handler>);

impl Handlers {
    /// Adds the handler of a kind. Returns false if the kind has one already; the new one then replaces it.
    pub(crate) fn add<F>(
        &mut self,
        kind: impl Into<String>,
        deliver: impl Fn(Context, Message) -> F + Send + Sync + 'static,
    ) -> bool
    where
        F: Future<Output = Result<(), Undelivered>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |ctx, message| deliver(ctx, message).boxed());
        self.0.insert(kind.into(), handler).is_none()
    }

    /// Adds all of these. They replace those of the same kind.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(super) fn of(&self, kind: &str) -> Option<&Handler> {
        self.0.get(kind)
    }
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_bounded_length() {
        let failed = Undelivered::temporary(format!("550\r\nno{}", "!".repeat(1000)));
        assert!(failed.reason().starts_with("550  no!") && failed.reason().chars().count() == REASON);
        assert!(!failed.is_permanent() && Undelivered::permanent("x").is_permanent());
        let part = Undelivered::permanent("x").remaining(&["b@example.org"]);
        assert_eq!(part.payload(), Some("[\"b@example.org\"]"));
    }
}

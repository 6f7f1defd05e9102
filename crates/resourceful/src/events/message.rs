//! Messages, how they are delivered, and why they were not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::context::Context;

/// A message of the outbox, as its handler receives it.
#[derive(Clone)]
pub struct Message {
    /// The id of its row, the same at each attempt. It lets a recipient recognise a message that arrives twice.
    pub id: Uuid,
    /// The kind that the handler is registered for.
    pub kind: String,
    /// The number of this attempt; the first is 1.
    pub attempt: u32,
    pub(super) payload: Arc<str>,
    /// Whether only an answer of its receiver tells whether it has arrived.
    pub(super) is_out: Arc<AtomicBool>,
}

impl Message {
    /// What was given to [`Outbox::add`](super::Outbox::add).
    ///
    /// # Errors
    /// A temporary failure if it is not JSON of this type: a newer version of the application may have stored it, whose
    /// processes can read it.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Undelivered> {
        serde_json::from_str(&self.payload)
            .map_err(|error| Undelivered::temporary(format!("the payload cannot be read: {error}")))
    }
}

/// Says how large it is, and not what is in it: logs are no place for codes and addresses.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempt", &self.attempt)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// Why a message was not delivered, and whether it is tried again.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Undelivered {
    class: Class,
    reason: String,
    remaining: Option<String>,
    wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Temporary,
    Permanent,
    Unavailable,
}

impl std::fmt::Debug for Undelivered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Undelivered").field("class", &self.class).field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// The most characters of a reason that are stored.
const REASON: usize = 500;

impl Undelivered {
    /// A later attempt may succeed. Everything that is not certainly permanent is temporary.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { class: Class::Temporary, reason: bounded(reason.into()), remaining: None, wait: Duration::ZERO }
    }

    /// No attempt can succeed: the message becomes a failed one with this reason.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self { class: Class::Permanent, ..Self::temporary(reason) }
    }

    /// What receives messages of this kind cannot be used now: it cannot be reached, or does not accept the password. The
    /// worker pauses the kind, tries it with one message at a time until it works again, and does not count these attempts.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self { class: Class::Unavailable, ..Self::temporary(reason) }
    }

    /// Makes the next attempt wait at least this long.
    pub fn wait_at_least(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// A part of the message was delivered. The rest of it replaces the payload, so that a later attempt does not deliver
    /// that part again.
    pub fn remaining(mut self, payload: &impl Serialize) -> Self {
        self.remaining = serde_json::to_string(payload).ok();
        self
    }

    /// Whether no attempt can succeed.
    pub fn is_permanent(&self) -> bool {
        self.class == Class::Permanent
    }

    /// Whether other messages of this kind cannot be delivered either.
    pub fn is_unavailable(&self) -> bool {
        self.class == Class::Unavailable
    }

    /// The shortest wait before the next attempt.
    pub(super) fn wait(&self) -> Duration {
        self.wait
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

/// What delivers messages, by their kind, each with the longest time of an attempt if it is not that of the settings.
#[derive(Clone, Default)]
pub(crate) struct Handlers(BTreeMap<String, (Handler, Option<Duration>)>);

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
        self.0.insert(kind.into(), (handler, None)).is_none()
    }

    /// Sets the longest time of an attempt to deliver messages of this kind.
    pub(super) fn limit(&mut self, kind: &str, limit: Duration) {
        if let Some(entry) = self.0.get_mut(kind) {
            entry.1 = Some(limit);
        }
    }

    /// Adds all of these. They replace those of the same kind.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(super) fn of(&self, kind: &str) -> Option<&(Handler, Option<Duration>)> {
        self.0.get(kind)
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
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

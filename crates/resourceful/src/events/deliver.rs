//! Delivers one message and records what came of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::time::Instant;
use uuid::Uuid;

use super::message::{Handlers, Message, Undelivered};
use super::records::shortened;
use super::settings::OutboxSettings;
use super::store::{Claimed, Store};
use crate::context::{Connection, Context};

/// The most attempts, for messages that never come to an end, such as one that ends the process each time. At the waits of
/// the default settings other messages are given up by their age before.
const ATTEMPTS: u32 = 150;

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// The wait before an outcome is recorded again that the database did not take.
const PAUSE: Duration = Duration::from_millis(500);

/// What deliveries need.
pub(super) struct Delivery {
    pub(super) ctx: Context,
    pub(super) handlers: Handlers,
    pub(super) settings: OutboxSettings,
}

impl Delivery {
    pub(super) fn store(&self) -> Store {
        Store(Connection::Pool(self.ctx.clone()))
    }

    /// Delivers a message whose lease ends at this time, and returns its id.
    pub(super) async fn run(&self, message: Claimed, until: Instant) -> Uuid {
        let done = self.attempt(&message).await;
        let id = message.id;
        let (kind, attempts) = (message.kind.as_str(), message.attempts);
        let store = self.store();
        let metrics = self.ctx.metrics();
        match done {
            Ok(()) => {
                metrics.inspect(|metrics| metrics.delivered.add());
                record(&message, until, || store.sent(&message)).await;
                tracing::debug!(%id, kind, attempts, "a message was delivered");
            }
            Err(why) if why.is_permanent() || message.is_expired || attempts >= ATTEMPTS => {
                metrics.inspect(|metrics| metrics.undelivered.add());
                let reason = shortened(why.reason());
                tracing::warn!(%id, kind, attempts, reason, "a message was not delivered, and is not tried again");
                record(&message, until, || store.failed(&message, &why)).await;
            }
            Err(why) => {
                metrics.inspect(|metrics| metrics.retried.add());
                let wait = wait(self.settings.retry, attempts, random());
                let reason = shortened(why.reason());
                tracing::info!(%id, kind, attempts, reason, ?wait, "a message was not delivered; it is tried again");
                record(&message, until, || store.later(&message, &why, wait)).await;
            }
        }
        id
    }

    async fn attempt(&self, message: &Claimed) -> Result<(), Undelivered> {
        if message.attempts > ATTEMPTS {
            return Err(Undelivered::permanent("the process ended, or its lease, during each attempt"));
        }
        let Some(handler) = self.handlers.of(&message.kind) else {
            return Err(Undelivered::permanent(format!("this application has no handler for `{}`", message.kind)));
        };
        let given = Message {
            id: message.id,
            kind: message.kind.clone(),
            attempt: message.attempts,
            payload: message.payload.clone(),
        };
        let limit = self.settings.timeout;
        let work = AssertUnwindSafe(async { handler(self.ctx.clone(), given).await }).catch_unwind();
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(Undelivered::temporary("the handler panicked; the log has the details")),
            Err(_) => Err(Undelivered::temporary(format!("the delivery took longer than {limit:?} (OUTBOX_TIMEOUT)"))),
        }
    }
}

/// Records an outcome, again and again until the lease ends: what is not recorded is delivered a second time.
async fn record<F>(message: &Claimed, until: Instant, write: impl Fn() -> F)
where
    F: Future<Output = Result<bool, DbErr>>,
{
    let id = message.id;
    let mut is_first = true;
    loop {
        match write().await {
            Ok(true) => return,
            // A repeated write finds nothing to do if the first one has reached the database after all.
            Ok(false) if !is_first => return,
            Ok(false) => {
                tracing::warn!(%id, "a message was delivered after its lease had ended; another worker has it now");
                return;
            }
            Err(error) if Instant::now() + PAUSE < until => {
                tracing::debug!(%id, %error, "the outcome of a message cannot be recorded yet");
            }
            Err(error) => {
                tracing::error!(%id, %error, "the outcome of a message cannot be recorded; it will be delivered again");
                return;
            }
        }
        is_first = false;
        tokio::time::sleep(PAUSE).await;
    }
}

/// The wait after this attempt: it doubles each time, up to an hour, and varies by a fifth, so that messages that failed
/// together are not tried together. `random` is between 0 and 1.
fn wait(first: Duration, attempts: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1).min(31));
    first.saturating_mul(doubled).min(LONGEST_WAIT.max(first)).mul_f64(0.8 + 0.4 * random)
}

/// A number between 0 and 1. The last bytes of a UUID of version 7 are random (RFC 9562 section 5.7).
fn random() -> f64 {
    let bytes = Uuid::now_v7().into_bytes();
    f64::from(u16::from_be_bytes([bytes[14], bytes[15]])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_vary_by_a_fifth() {
        let first = Duration::from_secs(15);
        for (attempt, seconds) in
            [(0, 15), (1, 15), (2, 30), (3, 60), (8, 1920), (9, 3600), (100, 3600), (u32::MAX, 3600)]
        {
            assert_eq!(wait(first, attempt, 0.5).as_secs(), seconds, "{attempt}");
            assert_eq!(wait(first, attempt, 0.0).as_secs(), seconds * 4 / 5, "{attempt}");
            assert_eq!(wait(first, attempt, 1.0).as_secs(), seconds * 6 / 5, "{attempt}");
        }
        let all: Vec<f64> = (0..100).map(|_| random()).collect();
        assert!(all.iter().all(|number| (0.0..=1.0).contains(number)) && all.iter().any(|number| *number != all[0]));
    }
}

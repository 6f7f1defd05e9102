//! Delivers one message and records what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use sea_orm::DbErr;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Level, Span};
use uuid::Uuid;

use super::message::{Handlers, Message, Undelivered};
use super::records::shortened;
use super::settings::OutboxSettings;
use super::store::{Claimed, Store};
use crate::context::{Connection, Context};
use crate::trace;

/// The most attempts. At the waits of the default settings messages are given up by their age before.
const ATTEMPTS: u32 = 150;

/// The most attempts in a row that never come to an end, such as those of a message that ends the process each time.
const UNENDED: u32 = 5;

/// From this attempt on a failure is a warning: the ones before are usual.
const NOTABLE: u32 = 3;

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// The wait before the database is asked again that did not take an outcome.
const PAUSE: Duration = Duration::from_millis(500);

/// How long after the end of its lease an outcome may still be recorded: as long as nobody else has taken the message.
const RECORDING: Duration = Duration::from_secs(15 * 60);

/// What deliveries need.
pub(super) struct Delivery {
    pub(super) ctx: Context,
    pub(super) handlers: Handlers,
    pub(super) settings: OutboxSettings,
}

/// What a delivery says about its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Receiver {
    Answers,
    /// It cannot be used now, for this reason.
    Unavailable(String),
}

/// Until when a message belongs to this worker, as far as it knows.
struct Until(Mutex<Instant>);

impl Until {
    fn get(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, until: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

impl Delivery {
    pub(super) fn store(&self) -> Store {
        Store(Connection::Pool(self.ctx.clone()))
    }

    /// Delivers a message whose lease ends at this time, or later if it is renewed. `is_out` tells whether it may have
    /// arrived, if the delivery is dropped. The delivery belongs to the trace of what stored the message.
    pub(super) async fn run(
        &self,
        message: Claimed,
        payload: String,
        until: Instant,
        is_out: Arc<AtomicBool>,
    ) -> Receiver {
        let span = span(&message);
        let trace = trace::of(&span).or_else(|| message.trace.clone());
        trace::within(trace, span, self.deliver(message, payload, until, is_out)).await
    }

    async fn deliver(&self, message: Claimed, payload: String, until: Instant, is_out: Arc<AtomicBool>) -> Receiver {
        let until = Until(Mutex::new(until));
        let done = self.attempt(&message, payload, &until, is_out).await;
        let until = until.get();
        let id = message.id;
        let (kind, attempts) = (message.kind.as_str(), message.attempts);
        let store = self.store();
        let metrics = self.ctx.metrics();
        let Err(why) = done else {
            metrics.inspect(|metrics| metrics.delivered.add());
            record(&message, until, || store.sent(&message)).await;
            tracing::debug!(%id, kind, attempts, "a message was delivered");
            return Receiver::Answers;
        };
        note(&why);
        let reason = shortened(why.reason());
        let counts = !why.is_unavailable();
        if why.is_permanent() || message.is_expired || (counts && attempts >= ATTEMPTS) {
            metrics.inspect(|metrics| metrics.undelivered.add());
            tracing::warn!(%id, kind, attempts, reason, "a message was not delivered, and is not tried again");
            record(&message, until, || store.failed(&message, &why)).await;
        } else {
            metrics.inspect(|metrics| metrics.retried.add());
            let usual = wait(self.settings.retry, if counts { attempts } else { 1 }, random());
            let wait = usual.max(why.wait());
            if counts && attempts >= NOTABLE {
                tracing::warn!(%id, kind, attempts, reason, ?wait, "a message was not delivered; it is tried again");
            } else {
                tracing::info!(%id, kind, attempts, reason, ?wait, "a message was not delivered; it is tried again");
            }
            record(&message, until, || store.later(&message, &why, wait, counts)).await;
        }
        if counts { Receiver::Answers } else { Receiver::Unavailable(reason) }
    }

    async fn attempt(
        &self,
        message: &Claimed,
        payload: String,
        until: &Until,
        is_out: Arc<AtomicBool>,
    ) -> Result<(), Undelivered> {
        if message.unended >= UNENDED {
            let reason = format!("the process ended, or its lease, during each of {UNENDED} attempts");
            return Err(Undelivered::permanent(reason));
        }
        let Some((handler, limit)) = self.handlers.of(&message.kind) else {
            return Err(Undelivered::temporary("this process has no function for messages of this kind"));
        };
        let given = Message {
            id: message.id,
            kind: message.kind.clone(),
            attempt: message.attempts,
            payload: payload.into(),
            is_out,
        };
        let limit = limit.unwrap_or(self.settings.timeout);
        let work = AssertUnwindSafe(async { handler(self.ctx.clone(), given).await }).catch_unwind();
        tokio::select! {
            biased;
            done = work => match done {
                Ok(done) => done,
                Err(_) => Err(Undelivered::temporary("the handler panicked; the log has the details")),
            },
            () = tokio::time::sleep(limit) => {
                Err(Undelivered::temporary(format!("the delivery took longer than {limit:?} (OUTBOX_TIMEOUT)")))
            }
            () = self.hold(message, until) => {
                Err(Undelivered::temporary("the delivery took longer than its lease, which could not be renewed"))
            }
        }
    }

    /// Renews the lease of a message for as long as it is being delivered. Ends when the lease has.
    async fn hold(&self, message: &Claimed, until: &Until) {
        let lease = self.settings.lease();
        loop {
            tokio::time::sleep_until(until.get() - lease / 3).await;
            let asked = Instant::now();
            match tokio::time::timeout_at(until.get(), self.store().renew(message, lease)).await {
                Ok(Ok(true)) => until.set(asked + lease),
                Ok(Ok(false)) => return,
                Ok(Err(_)) | Err(_) if asked + PAUSE >= until.get() => return,
                Ok(Err(error)) => {
                    tracing::debug!(id = %message.id, %error, "the lease of a message cannot be renewed yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(_) => return,
            }
        }
    }
}

/// An attempt to deliver a message as a span, with the names of OpenTelemetry's conventions for messaging.
fn span(message: &Claimed) -> Span {
    if !tracing::enabled!(target: trace::SPANS, Level::TRACE) {
        return Span::none();
    }
    tracing::span!(
        target: trace::SPANS,
        Level::TRACE,
        "delivery",
        "otel.kind" = "consumer",
        "otel.name" = format!("process {}", message.kind),
        "otel.status_code" = Empty,
        "trace.parent" = message.trace.as_ref().map(tracing::field::display),
        "messaging.system" = "resourceful",
        "messaging.operation.name" = "process",
        "messaging.operation.type" = "process",
        "messaging.destination.name" = message.kind,
        "messaging.message.id" = %message.id,
        "resourceful.attempt" = message.attempts,
        "error.type" = Empty,
    )
}

/// Notes in the current span that the attempt has failed.
fn note(why: &Undelivered) {
    let class = match () {
        () if why.is_permanent() => "permanent",
        () if why.is_unavailable() => "unavailable",
        () => "temporary",
    };
    let span = Span::current();
    span.record("otel.status_code", "error");
    span.record("error.type", class);
}

/// Records an outcome, again and again while nobody else has the message: what is not recorded is delivered a second time.
async fn record<F>(message: &Claimed, until: Instant, write: impl Fn() -> F)
where
    F: Future<Output = Result<bool, DbErr>>,
{
    let id = message.id;
    let until = until + RECORDING;
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

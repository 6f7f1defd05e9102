//! How long one attempt to send a mail may take, step by step.

#![cfg_attr(not(feature = "smtp"), allow(dead_code, reason = "only some providers tell how far they are"))]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::SendError;

/// How many bytes of a mail a slow connection transports in a second, at least.
#[cfg(feature = "smtp")]
const BYTES_A_SECOND: f64 = 32.0 * 1024.0;

/// How long the steps of an attempt may take.
#[derive(Debug, Clone)]
pub(in crate::mail) struct Patience {
    /// The wait for a connection, and after it the conversation, without the time for the bytes of the mail.
    pub(in crate::mail) talking: Duration,
    /// The wait for the provider's answer once it has the whole mail; `None`: what is left of the time before.
    pub(in crate::mail) confirming: Option<Duration>,
    /// Tells others whether the provider has the whole mail and has not answered yet.
    pub(in crate::mail) is_out: Arc<AtomicBool>,
}

/// Where an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It waits for a connection of this process, because all are in use.
    Waiting,
    /// It connects and authenticates: what fails here says nothing about the mail.
    Connecting,
    Talking,
    /// The provider has the whole mail, and has not answered yet.
    HandedOver,
}

/// The clock of one attempt. Providers tell it how far they are.
#[derive(Debug)]
pub(in crate::mail) struct Clock {
    patience: Patience,
    state: Mutex<(Step, Instant)>,
}

impl Clock {
    pub(in crate::mail) fn new(patience: Patience) -> Self {
        let until = Instant::now() + patience.talking;
        Self { patience, state: Mutex::new((Step::Talking, until)) }
    }

    /// When the attempt is given up.
    pub(in crate::mail) fn until(&self) -> Instant {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn set(&self, step: Step, until: Option<Instant>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = (step, until.unwrap_or(state.1));
        self.patience.is_out.store(step == Step::HandedOver, Ordering::Release);
    }

    /// The attempt waits for its turn. The time for the conversation has not begun.
    #[cfg(feature = "smtp")]
    pub(in crate::mail) fn waits(&self) {
        self.set(Step::Waiting, self.patience.confirming.map(|wait| Instant::now() + wait));
    }

    /// The attempt has to make a connection first.
    #[cfg(feature = "smtp")]
    pub(in crate::mail) fn connects(&self) {
        self.set(Step::Connecting, None);
    }

    /// The attempt has its turn: the time for the conversation begins now, and grows with the size of the mail.
    #[cfg(feature = "smtp")]
    pub(in crate::mail) fn begins(&self, bytes: usize) {
        let bytes = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        let transport = Duration::from_secs_f64(bytes / BYTES_A_SECOND);
        self.set(Step::Talking, Some(Instant::now() + self.patience.talking + transport));
    }

    /// The provider is ready for the mail.
    #[cfg(any(feature = "smtp", feature = "ses"))]
    pub(in crate::mail) fn talks(&self) {
        self.set(Step::Talking, None);
    }

    /// The provider has the whole mail, or is about to have it: from now on only its answer tells whether it took it.
    #[cfg(any(feature = "smtp", feature = "ses"))]
    pub(in crate::mail) fn hands_over(&self) {
        self.set(Step::HandedOver, self.patience.confirming.map(|wait| Instant::now() + wait));
    }

    /// Whether only the provider's answer tells whether it took the mail.
    #[cfg(any(feature = "smtp", feature = "ses"))]
    pub(in crate::mail) fn is_handed_over(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 == Step::HandedOver
    }

    /// What the end of the time means.
    pub(in crate::mail) fn expired(&self, provider: &str) -> SendError {
        let step = self.state.lock().unwrap_or_else(PoisonError::into_inner).0;
        let seconds = self.patience.talking.as_secs_f32();
        match step {
            Step::Waiting => SendError::unavailable(format!(
                "all connections of the provider `{provider}` were in use (SMTP_MAX_CONNECTIONS)"
            )),
            Step::Connecting => {
                SendError::unavailable(format!("the provider `{provider}` was not ready for a mail within {seconds} s"))
            }
            Step::Talking => {
                SendError::temporary(format!("the provider `{provider}` did not take the mail within {seconds} s"))
            }
            Step::HandedOver => SendError::late(format!(
                "the provider `{provider}` got the mail and did not say in time whether it took it: it may have arrived"
            )),
        }
    }
}

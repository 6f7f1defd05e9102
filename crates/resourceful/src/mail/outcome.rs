//! What came of a mail.

use std::fmt;
use std::time::Duration;

use super::check::InvalidEmail;
use crate::error::{Error, catalogue};

/// When a caller may try again whose mail could not be sent.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// A recipient whom the server did not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Their address, as servers take it.
    pub address: String,
    /// What the server said.
    pub reason: String,
    /// Whether another attempt is pointless: there is no such mailbox.
    pub is_permanent: bool,
}

/// A mail that at least one recipient got, as far as the provider knows: the mail was accepted for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub(in crate::mail) message_id: String,
    pub(in crate::mail) refused: Vec<Refused>,
}

impl Sent {
    /// The Message-ID, without angle brackets.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// The recipients who did not get it.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The recipients for whom another attempt may work: for [`Email::remaining`](super::Email::remaining).
    pub fn remaining(&self) -> Vec<String> {
        again(&self.refused)
    }
}

/// Why nobody got a mail.
///
/// What is not certainly permanent is temporary: a server that cannot be reached, does not answer in time, does not accept
/// the password or the sender, or answers with 4xx. Permanent is what [`Email::check`](super::Email::check) refuses, and
/// what a server refuses with 5xx because of the mail itself or of the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    class: Class,
    reason: String,
    refused: Vec<Refused>,
    invalid: Option<InvalidEmail>,
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Temporary,
    Permanent,
    /// Temporary, and not because of this mail.
    Unavailable,
    /// Temporary, and the mail may have arrived.
    Unheard {
        /// Whether the answer did not come in time; otherwise it was lost.
        is_late: bool,
    },
}

impl SendError {
    /// An error after which another attempt may work.
    pub fn temporary(reason: impl Into<String>) -> Self {
        Self { class: Class::Temporary, reason: reason.into(), refused: Vec::new(), invalid: None }
    }

    /// An error after which every attempt would end in the same way.
    pub fn permanent(reason: impl Into<String>) -> Self {
        Self { class: Class::Permanent, ..Self::temporary(reason) }
    }

    /// The provider cannot be used now, with any mail: it cannot be reached, or does not accept the password. It is a
    /// temporary error. The outbox then pauses all its mail, instead of failing with one after the other.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self { class: Class::Unavailable, ..Self::temporary(reason) }
    }

    /// The provider got the mail, and its answer was lost: it may have arrived. It is a temporary error. The outbox then
    /// tries again a few times only, because each attempt can be one more mail for the recipients.
    pub fn unheard(reason: impl Into<String>) -> Self {
        Self { class: Class::Unheard { is_late: false }, ..Self::temporary(reason) }
    }

    /// The provider got the mail, and did not answer in time.
    pub(in crate::mail) fn late(reason: impl Into<String>) -> Self {
        Self { class: Class::Unheard { is_late: true }, ..Self::temporary(reason) }
    }

    /// Every recipient was refused.
    pub(in crate::mail) fn all_refused(refused: Vec<Refused>) -> Self {
        let list: Vec<String> =
            refused.iter().map(|refused| format!("{}: {}", refused.address, refused.reason)).collect();
        let is_permanent = refused.iter().all(|refused| refused.is_permanent);
        Self {
            class: if is_permanent { Class::Permanent } else { Class::Temporary },
            reason: format!("every recipient was refused: {}", list.join("; ")),
            refused,
            invalid: None,
        }
    }

    /// Whether every further attempt would end in the same way.
    pub fn is_permanent(&self) -> bool {
        self.class == Class::Permanent
    }

    /// Whether the provider could not be used at all, so that other mails would fail too.
    pub fn is_unavailable(&self) -> bool {
        self.class == Class::Unavailable
    }

    /// Whether the mail may have arrived although there is an error: the provider had it, and its answer is missing.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self.class, Class::Unheard { .. })
    }

    /// Whether the provider had the mail, and needed too long to answer: it would probably need as long again.
    pub(crate) fn is_late(&self) -> bool {
        self.class == Class::Unheard { is_late: true }
    }

    /// What happened, for logs and for the person who operates the server. It can contain addresses.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The recipients who were refused one by one; empty if the whole mail failed.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The recipients for whom another attempt may work, if recipients were refused one by one: for
    /// [`Email::remaining`](super::Email::remaining). `None`: all of them.
    pub fn remaining(&self) -> Option<Vec<String>> {
        (!self.refused.is_empty()).then(|| again(&self.refused))
    }

    /// What is wrong with the mail, if it was not sent for that reason.
    pub fn invalid(&self) -> Option<&InvalidEmail> {
        self.invalid.as_ref()
    }
}

fn again(refused: &[Refused]) -> Vec<String> {
    refused.iter().filter(|refused| !refused.is_permanent).map(|refused| refused.address.clone()).collect()
}

impl From<InvalidEmail> for SendError {
    fn from(invalid: InvalidEmail) -> Self {
        Self { invalid: Some(invalid.clone()), ..Self::permanent(invalid.to_string()) }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for SendError {}

/// `invalid-email` or `email-refused` (422), or `email-unavailable` (503). What the server said goes to the log only.
impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        if let Some(invalid) = error.invalid {
            return invalid.into();
        }
        if error.is_permanent() {
            return Self::new(&catalogue::EMAIL_REFUSED, "The mail server refused the mail").with_source(error);
        }
        Self::new(&catalogue::EMAIL_UNAVAILABLE, "The mail could not be sent now; try again later")
            .with_retry_after(RETRY_AFTER)
            .with_source(error)
    }
}

//! The mails that this process has sent, for a developer to look at.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;

/// The most mails that are kept, and their most bytes together.
const MAILS: usize = 200;
const BYTES: usize = 16 * 1024 * 1024;

/// A mail that this process has sent, or tried to send.
#[derive(Clone)]
pub struct SentMail {
    /// Its place in the order of all mails of the process, from 1.
    pub number: u64,
    /// When the attempt ended.
    pub at: DateTime<Utc>,
    /// The mail.
    pub mail: Prepared,
    /// What came of it: who was refused, or why it failed.
    pub outcome: Result<Vec<Refused>, SendError>,
}

impl SentMail {
    /// The whole mail with its headers.
    pub fn source(&self) -> &Bytes {
        self.mail.mime()
    }

    fn bytes(&self) -> usize {
        let email = self.mail.email();
        let texts = email.plain_text().map_or(0, str::len) + email.html_text().map_or(0, str::len);
        let files: usize = email.attachments().iter().map(|file| file.bytes().len()).sum();
        self.mail.mime().len() + texts + files
    }
}

/// Says which mail it is, and whether it was sent; the reason of a failure can contain addresses.
impl fmt::Debug for SentMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMail")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("mail", &self.mail)
            .field("is_sent", &self.outcome.is_ok())
            .finish_non_exhaustive()
    }
}

/// The last mails of this process.
#[derive(Default)]
pub(in crate::mail) struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    mails: VecDeque<SentMail>,
    count: u64,
    bytes: usize,
}

impl Kept {
    pub(in crate::mail) fn add(&self, mail: &Prepared, outcome: Result<Vec<Refused>, SendError>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count += 1;
        let sent = SentMail { number: inner.count, at: Utc::now(), mail: mail.clone(), outcome };
        inner.bytes += sent.bytes();
        inner.mails.push_back(sent);
        // One mail is kept even if it is as large as all that may be kept together.
        while inner.mails.len() > 1 && (inner.mails.len() > MAILS || inner.bytes > BYTES) {
            let removed = inner.mails.pop_front().map_or(0, |mail| mail.bytes());
            inner.bytes -= removed;
        }
    }

    /// The mails, the last one first.
    pub(in crate::mail) fn all(&self) -> Vec<SentMail> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.mails.iter().rev().cloned().collect()
    }

    pub(in crate::mail) fn clear(&self) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.mails.clear();
        inner.bytes = 0;
    }
}

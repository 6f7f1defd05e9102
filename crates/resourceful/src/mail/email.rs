//! A mail: who gets it, and what is in it.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::address::Mailbox;
use super::attachment::Attachment;

/// The most recipients of a mail: `to`, `cc` and `bcc` together. Amazon SES takes no more than 50 either.
pub const MAX_RECIPIENTS: usize = 50;

/// The most bytes of a mail: its texts and the content of its attachments together, before they are encoded: 10 MiB. What
/// is sent is a third larger.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A mail. It is written as JSON by serde, so that it can be stored and sent later.
///
/// ```
/// use resourceful::mail::Email;
///
/// let email = Email::to("ann@example.org")
///     .cc(("Bob Day", "bob@example.org"))
///     .reply_to("support@example.org")
///     .subject("Order 17 is on its way")
///     .text("Hello Ann, your order is on its way.")
///     .html("<p>Hello Ann, your order is on its way.</p>");
/// assert!(email.check().is_ok());
///
/// let tricked = Email::to("ann@example.org\r\nBcc: all@example.org").subject("Hello").text("Hello");
/// assert_eq!(tricked.check().unwrap_err().fields()[0].message,
///     "the address contains the character U+000D; give one address on one line");
/// ```
///
/// The builder takes any text. [`check`](Self::check) says what is wrong with it; nothing that it refuses is ever sent.
/// Every mail has a Message-ID from the beginning, so a mail that is sent twice can be recognized.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// The Message-ID, or only the part before the `@`; then the domain of the sender follows.
    message_id: String,
    /// Whether the Message-ID was set, and is not the random one.
    #[serde(default, skip_serializing_if = "is_false")]
    has_own_id: bool,
    /// When it was stored; its header `Date` says so. `None`: it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<DateTime<Utc>>,
    /// For how many seconds after it was stored it may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Mailbox>,
    to: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cc: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reply_to: Vec<Mailbox>,
    #[serde(default)]
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    html: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    /// The recipients who do not have it yet; `None` if nobody has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remaining: Option<Vec<String>>,
}

impl Email {
    /// A mail to this recipient: an address, or a pair of a display name and an address.
    pub fn to(recipient: impl Into<Mailbox>) -> Self {
        Self {
            message_id: uuid::Uuid::now_v7().to_string(),
            has_own_id: false,
            date: None,
            expires_in: None,
            from: None,
            to: vec![recipient.into()],
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: String::new(),
            text: None,
            html: None,
            attachments: Vec::new(),
            remaining: None,
        }
    }

    /// Adds a recipient.
    #[must_use]
    pub fn and_to(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.to.push(recipient.into());
        self
    }

    /// Adds a recipient of a copy.
    #[must_use]
    pub fn cc(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.cc.push(recipient.into());
        self
    }

    /// Adds a recipient of a copy whom the others do not see.
    #[must_use]
    pub fn bcc(mut self, recipient: impl Into<Mailbox>) -> Self {
        self.bcc.push(recipient.into());
        self
    }

    /// Adds an address for replies.
    #[must_use]
    pub fn reply_to(mut self, address: impl Into<Mailbox>) -> Self {
        self.reply_to.push(address.into());
        self
    }

    /// Sets the sender. The default is the setting `EMAIL_FROM`.
    #[must_use]
    pub fn from(mut self, sender: impl Into<Mailbox>) -> Self {
        self.from = Some(sender.into());
        self
    }

    /// Sets the subject: one line.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Sets the plain text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the HTML. Readers show it instead of the plain text if they can.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Adds a file, or an image of the HTML.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Sets the Message-ID (RFC 5322 section 3.6.4), without angle brackets, such as `order-17@example.org`. Without `@`
    /// the domain of the sender follows. The default is random.
    #[must_use]
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = id.into();
        self.has_own_id = true;
        self
    }

    /// Limits how long after it was stored the outbox may send it, in whole seconds, at least one: a code that is valid for
    /// ten minutes is of no use after an hour. A mail whose time is over becomes a failed one. The default is the setting
    /// `OUTBOX_GIVE_UP`; a longer time than that has no effect. `send_now` ignores it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use resourceful::mail::Email;
    /// let mail = Email::to("ann@example.org").subject("Your code").text("482913").expires_in(Duration::from_secs(600));
    /// ```
    #[must_use]
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires_in = Some(time.as_secs().max(1));
        self
    }

    /// Limits who gets it to these of its recipients, because the others have it already. The headers do not change.
    #[must_use]
    pub fn remaining(mut self, addresses: impl IntoIterator<Item = String>) -> Self {
        self.remaining = Some(addresses.into_iter().collect());
        self
    }

    /// The parts of the Message-ID: what is before the `@`, and what is behind it if it was given.
    pub(in crate::mail) fn id_parts(&self) -> (&str, Option<&str>) {
        match self.message_id.split_once('@') {
            Some((id, domain)) => (id, Some(domain)),
            None => (&self.message_id, None),
        }
    }

    /// The mail as the outbox stores it: with its whole Message-ID and its date, so that they are the same in every attempt
    /// whatever the settings are then. `id` takes the place of a random Message-ID: the same value that is sent twice is two
    /// mails, of which recipients would see the first only.
    pub(crate) fn stored(mut self, id: uuid::Uuid, default_from: &Mailbox) -> Self {
        if !self.has_own_id {
            self.message_id = id.to_string();
        }
        if !self.message_id.contains('@') {
            self.message_id = format!("{}@{}", self.message_id, self.sender().unwrap_or(default_from).domain());
        }
        self.date = Some(Utc::now());
        self
    }

    /// When it was stored, if it was.
    pub(in crate::mail) fn date(&self) -> Option<DateTime<Utc>> {
        self.date
    }

    /// For how long after it was stored it may be sent, if that is limited.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    /// Whether it was stored, and the time in which it may be sent is over.
    pub(crate) fn has_expired(&self) -> bool {
        let age = self.date.and_then(|date| (Utc::now() - date).to_std().ok());
        age.zip(self.lifetime()).is_some_and(|(age, lifetime)| age >= lifetime)
    }

    /// The sender, if it is not the one of the settings.
    pub fn sender(&self) -> Option<&Mailbox> {
        self.from.as_ref()
    }

    /// The recipients, each with the name of its field.
    pub fn recipients(&self) -> impl Iterator<Item = (&'static str, &Mailbox)> {
        self.to
            .iter()
            .map(|mailbox| ("to", mailbox))
            .chain(self.cc.iter().map(|mailbox| ("cc", mailbox)))
            .chain(self.bcc.iter().map(|mailbox| ("bcc", mailbox)))
    }

    /// The addresses for replies.
    pub fn replies(&self) -> &[Mailbox] {
        &self.reply_to
    }

    /// The subject.
    pub fn subject_line(&self) -> &str {
        &self.subject
    }

    /// The plain text.
    pub fn plain_text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The HTML.
    pub fn html_text(&self) -> Option<&str> {
        self.html.as_deref()
    }

    /// The attachments, images of the HTML included.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// The recipients who do not have it yet; `None` if nobody has it.
    pub fn remaining_addresses(&self) -> Option<&[String]> {
        self.remaining.as_deref()
    }
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Says how large it is, and neither who gets it nor what is in it: logs are no place for codes and addresses.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email")
            .field("message_id", &self.message_id)
            .field("recipients", &self.recipients().count())
            .field("text_bytes", &self.text.as_ref().map(String::len))
            .field("html_bytes", &self.html.as_ref().map(String::len))
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

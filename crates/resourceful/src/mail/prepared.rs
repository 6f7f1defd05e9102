//! A checked mail in the form that goes over the wire.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{self, Body, Message, MultiPart, SinglePart};

use super::address::Mailbox;
use super::attachment::Attachment;
use super::check::{InvalidEmail, remains};
use super::clock::{Clock, Patience};
use super::email::Email;
use super::outcome::SendError;
use crate::error::codes;

/// A checked mail in the form that goes over the wire (RFC 5322), with its envelope.
#[derive(Clone)]
pub struct Prepared {
    message_id: String,
    sender: String,
    recipients: Vec<String>,
    mime: Bytes,
    email: Arc<Email>,
    clock: Arc<Clock>,
}

impl Prepared {
    /// Checks a mail and writes it. `default_from` is the sender if the mail has none.
    pub(in crate::mail) fn new(
        email: Arc<Email>,
        default_from: &Mailbox,
        patience: Patience,
    ) -> Result<Self, SendError> {
        email.check()?;
        let from = email.sender().unwrap_or(default_from);
        let sender = checked(from)?;
        let mut recipients = Vec::new();
        let mut seen = HashSet::new();
        for (_, mailbox) in email.recipients() {
            let address = checked(mailbox)?;
            if remains(&email, mailbox) && seen.insert(address.clone()) {
                recipients.push(address);
            }
        }
        if recipients.is_empty() {
            let message = "no recipient of the mail remains";
            return Err(InvalidEmail::of("/remaining", codes::REQUIRED, message).into());
        }
        let (id, domain) = email.id_parts();
        let domain = domain.or_else(|| sender.rsplit('@').next()).unwrap_or("localhost");
        let message_id = format!("{id}@{domain}");
        let mime = write(&email, from, &message_id, &sender, &recipients)?;
        let clock = Arc::new(Clock::new(patience));
        Ok(Self { message_id, sender, recipients, mime, email, clock })
    }

    /// The Message-ID, without angle brackets. It is the same in every attempt.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// The address of the sender, in ASCII.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// The addresses of those who should get it, in ASCII, each once.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// The whole mail with its headers, with CRLF at the ends of lines, in ASCII. It has no `Bcc`.
    pub fn mime(&self) -> &Bytes {
        &self.mime
    }

    /// The mail as it was given.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// When the mailer stops waiting for the provider, and nobody can be told any more who was refused. A provider that
    /// sends to one recipient after the other ends before, and returns those who were not reached as refused for now.
    pub fn deadline(&self) -> Instant {
        self.clock.until().into_std()
    }

    /// The clock of this attempt.
    pub(in crate::mail) fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Says how large it is, and neither who gets it nor what is in it.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("message_id", &self.message_id)
            .field("recipients", &self.recipients.len())
            .field("bytes", &self.mime.len())
            .finish_non_exhaustive()
    }
}

fn checked(mailbox: &Mailbox) -> Result<String, SendError> {
    mailbox.checked().map_err(|wrong| SendError::permanent(wrong.message))
}

/// The library checks again what was checked before; where it is stricter, its message is better than none.
fn stricter(error: impl std::fmt::Display) -> SendError {
    SendError::permanent(format!("the mail cannot be written: {error}"))
}

fn address(text: &str) -> Result<Address, SendError> {
    text.parse().map_err(stricter)
}

fn header_mailbox(mailbox: &Mailbox) -> Result<message::Mailbox, SendError> {
    let name = mailbox.name().map(str::trim).filter(|name| !name.is_empty());
    Ok(message::Mailbox::new(name.map(str::to_owned), address(&checked(mailbox)?)?))
}

fn write(
    email: &Email,
    from: &Mailbox,
    message_id: &str,
    sender: &str,
    recipients: &[String],
) -> Result<Bytes, SendError> {
    let to: Vec<Address> = recipients.iter().map(|text| address(text)).collect::<Result<_, _>>()?;
    let mut builder = Message::builder()
        .envelope(Envelope::new(Some(address(sender)?), to).map_err(stricter)?)
        .date(email.date().map_or_else(SystemTime::now, SystemTime::from))
        .message_id(Some(format!("<{message_id}>")))
        .from(header_mailbox(from)?)
        .subject(email.subject_line().trim())
        // RFC 3834 section 5: no automatic answer to an automatic mail.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for (field, mailbox) in email.recipients() {
        match field {
            "to" => builder = builder.to(header_mailbox(mailbox)?),
            "cc" => builder = builder.cc(header_mailbox(mailbox)?),
            // Recipients must not see each other here, so it is in the envelope only.
            _ => {}
        }
    }
    for mailbox in email.replies() {
        builder = builder.reply_to(header_mailbox(mailbox)?);
    }
    let (message, is_single) = match content(email)? {
        Part::Single(part) => (builder.singlepart(part), true),
        Part::Multi(part) => (builder.multipart(part), false),
    };
    let mut bytes = message.map_err(stricter)?.formatted();
    // The library ends every part with CRLF. Where no boundary follows, it would be an empty line of the text.
    if is_single && bytes.ends_with(b"\r\n\r\n") {
        bytes.truncate(bytes.len() - 2);
    }
    Ok(bytes.into())
}

enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

/// The parts of a mail: `mixed(alternative(text, related(html, images)), files)`, without the levels that have one part.
fn content(email: &Email) -> Result<Part, SendError> {
    let (inline, attached): (Vec<_>, Vec<_>) =
        email.attachments().iter().partition(|attachment| attachment.content_id().is_some());
    let mut html = email.html_text().map(|html| Part::Single(SinglePart::html(lines(html))));
    if !inline.is_empty()
        && let Some(part) = html.take()
    {
        html = Some(Part::Multi(with_parts(MultiPart::related(), part, &inline)?));
    }
    let text = email.plain_text().map(|text| Part::Single(SinglePart::plain(lines(text))));
    let body = match (text, html) {
        (Some(text), Some(html)) => Part::Multi(add(started(MultiPart::alternative(), text), html)),
        (Some(part), None) | (None, Some(part)) => part,
        (None, None) => Part::Single(SinglePart::plain(String::new())),
    };
    if attached.is_empty() { Ok(body) } else { Ok(Part::Multi(with_parts(MultiPart::mixed(), body, &attached)?)) }
}

fn started(builder: message::MultiPartBuilder, first: Part) -> MultiPart {
    match first {
        Part::Single(part) => builder.singlepart(part),
        Part::Multi(part) => builder.multipart(part),
    }
}

fn add(to: MultiPart, next: Part) -> MultiPart {
    match next {
        Part::Single(part) => to.singlepart(part),
        Part::Multi(part) => to.multipart(part),
    }
}

fn with_parts(
    builder: message::MultiPartBuilder,
    first: Part,
    attachments: &[&Attachment],
) -> Result<MultiPart, SendError> {
    let mut all = started(builder, first);
    for attachment in attachments {
        let content_type = ContentType::parse(attachment.content_type()).map_err(stricter)?;
        // Base64 for every file: another encoding could change the ends of its lines.
        let body = Body::new_with_encoding(attachment.bytes().to_vec(), ContentTransferEncoding::Base64)
            .map_err(|_| stricter("an attachment cannot be encoded"))?;
        let name = attachment.name().to_owned();
        let part = match attachment.content_id() {
            Some(id) => message::Attachment::new_inline_with_name(id.to_owned(), name),
            None => message::Attachment::new(name),
        };
        all = all.singlepart(part.body(body, content_type));
    }
    Ok(all)
}

/// Text with CRLF at the end of every line, the last one included, whatever ends it has: no other byte ends a line on the
/// wire, so nothing in a text can be taken for the end of the mail.
fn lines(text: &str) -> String {
    let mut lines = text.replace("\r\n", "\n").replace('\r', "\n");
    if !lines.ends_with('\n') {
        lines.push('\n');
    }
    lines.replace('\n', "\r\n")
}

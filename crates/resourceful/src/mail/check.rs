//! What a mail must be like before anything is done with it.

use std::fmt;

use super::address::Mailbox;
use super::email::{Email, MAX_BYTES, MAX_RECIPIENTS};
use super::text::{self, Wrong};
use crate::error::{Code, Error, FieldError, Place, catalogue, codes};

/// The most characters of a subject.
const SUBJECT_CHARS: usize = 255;
/// The most characters of a Message-ID before its `@`, and behind it: a domain name.
const ID_CHARS: usize = 200;
const ID_DOMAIN_CHARS: usize = 255;

/// What is wrong with a mail. As an [`Error`] it is the problem `invalid-email` (422), with an entry for each field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEmail(Vec<FieldError>);

impl InvalidEmail {
    /// What is wrong, each with a JSON pointer to the field: `/to/0`, `/subject`, `/attachments/1/name`.
    pub fn fields(&self) -> &[FieldError] {
        &self.0
    }

    /// One invalid field.
    pub(in crate::mail) fn of(pointer: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self(vec![FieldError::at(pointer, code, message)])
    }
}

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mail is invalid")?;
        for (at, field) in self.0.iter().enumerate() {
            let (Place::Pointer(place) | Place::Parameter(place)) = &field.place;
            write!(f, "{}{}: {}", if at == 0 { ": " } else { "; " }, place.trim_start_matches('/'), field.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidEmail {}

impl From<InvalidEmail> for Error {
    fn from(invalid: InvalidEmail) -> Self {
        let detail = match invalid.0.len() {
            1 => "The mail cannot be sent: one of its fields is invalid".to_owned(),
            count => format!("The mail cannot be sent: {count} of its fields are invalid"),
        };
        Self::new(&catalogue::INVALID_EMAIL, detail).with_errors(invalid.0)
    }
}

impl Email {
    /// Checks every part.
    ///
    /// # Errors
    /// Everything that is wrong, each with the field: control characters and line breaks where one line is allowed, texts
    /// that are not one address, over-long addresses (RFC 5321 section 4.5.3.1), more than [`MAX_RECIPIENTS`] recipients,
    /// more than [`MAX_BYTES`] bytes, no subject, neither text nor HTML, names of attachments with a folder, and a list of
    /// [`remaining`](Self::remaining) recipients without any of them.
    pub fn check(&self) -> Result<(), InvalidEmail> {
        check(self)
    }
}

fn check(email: &Email) -> Result<(), InvalidEmail> {
    let mut all = Vec::new();
    let mut add = |pointer: String, wrong: Wrong| all.push(FieldError::at(pointer, wrong.code, wrong.message));

    if let Err(wrong) = check_id(email) {
        add("/message_id".to_owned(), wrong);
    }
    if let Some(Err(wrong)) = email.sender().map(Mailbox::checked) {
        add("/from".to_owned(), wrong);
    }
    let count = email.recipients().count();
    if count > MAX_RECIPIENTS {
        // Further entries would be as many as there are recipients.
        let message = format!("the mail has {count} recipients; at most {MAX_RECIPIENTS} are allowed: send several");
        return Err(InvalidEmail::of("/to", codes::LENGTH, message));
    }
    if count == 0 {
        add("/to".to_owned(), Wrong::new(codes::REQUIRED, "the mail has no recipient"));
    }
    let (mut field, mut index) = ("", 0);
    for (name, mailbox) in email.recipients() {
        index = if name == field { index + 1 } else { 0 };
        field = name;
        if let Err(wrong) = mailbox.checked() {
            add(format!("/{name}/{index}"), wrong);
        }
    }
    if email.remaining_addresses().is_some() && !email.recipients().any(|(_, mailbox)| remains(email, mailbox)) {
        add("/remaining".to_owned(), Wrong::new(codes::REQUIRED, "no recipient of the mail remains"));
    }
    if email.replies().len() > MAX_RECIPIENTS {
        let message = format!("the mail has more than {MAX_RECIPIENTS} addresses for replies");
        return Err(InvalidEmail::of("/reply_to", codes::LENGTH, message));
    }
    for (index, mailbox) in email.replies().iter().enumerate() {
        if let Err(wrong) = mailbox.checked() {
            add(format!("/reply_to/{index}"), wrong);
        }
    }
    if email.subject_line().trim().is_empty() {
        add("/subject".to_owned(), Wrong::new(codes::REQUIRED, "the subject is empty"));
    } else if let Err(wrong) = text::check_line("the subject", email.subject_line(), SUBJECT_CHARS) {
        add("/subject".to_owned(), wrong);
    }
    check_bodies(email, &mut add);
    check_attachments(email, &mut add);
    if all.is_empty() { Ok(()) } else { Err(InvalidEmail(all)) }
}

/// Whether a recipient does not have the mail yet. Providers report addresses in spellings of their own.
pub(in crate::mail) fn remains(email: &Email, mailbox: &Mailbox) -> bool {
    let Some(list) = email.remaining_addresses() else { return true };
    let address = mailbox.checked().unwrap_or_else(|_| mailbox.address().to_owned());
    list.iter().any(|listed| listed.eq_ignore_ascii_case(&address) || listed.eq_ignore_ascii_case(mailbox.address()))
}

fn check_id(email: &Email) -> Result<(), Wrong> {
    let (id, domain) = email.id_parts();
    let is_atom = |text: &str| {
        let is_known = |b: u8| b.is_ascii_alphanumeric() || b"-_.+=~".contains(&b);
        !text.is_empty() && text.bytes().all(is_known) && !text.starts_with('.') && !text.ends_with('.')
    };
    let is_long = id.len() > ID_CHARS || domain.is_some_and(|domain| domain.len() > ID_DOMAIN_CHARS);
    if is_long || !is_atom(id) || !domain.is_none_or(is_atom) {
        let message =
            "the Message-ID must be ASCII letters, digits, `-`, `_`, `.`, `+`, `=` and `~`, with at most one `@`";
        return Err(Wrong::new(codes::PATTERN, message));
    }
    Ok(())
}

fn check_bodies(email: &Email, add: &mut impl FnMut(String, Wrong)) {
    if email.plain_text().is_none() && email.html_text().is_none() {
        add("/text".to_owned(), Wrong::new(codes::REQUIRED, "the mail has neither text nor HTML"));
    }
    for (name, body) in [("text", email.plain_text()), ("html", email.html_text())] {
        if body.is_some_and(|body| body.contains('\0')) {
            let message = "the character U+0000 is not allowed in mails";
            add(format!("/{name}"), Wrong::new(codes::INVALID_CHARACTER, message));
        }
    }
    let length = |text: Option<&str>| text.map_or(0, str::len);
    let attached: usize = email.attachments().iter().map(|attachment| attachment.bytes().len()).sum();
    let total = length(email.plain_text()) + length(email.html_text()) + attached;
    if total > MAX_BYTES {
        let message =
            format!("the mail has {total} bytes; at most {MAX_BYTES} are allowed: link to large files instead");
        add(if attached > total / 2 { "/attachments" } else { "/text" }.to_owned(), Wrong::new(codes::LENGTH, message));
    }
}

fn check_attachments(email: &Email, add: &mut impl FnMut(String, Wrong)) {
    for (index, attachment) in email.attachments().iter().enumerate() {
        for (part, wrong) in attachment.check() {
            add(format!("/attachments/{index}/{part}"), wrong);
        }
        let Some(id) = attachment.content_id() else { continue };
        if email.html_text().is_none() {
            let message = "an inline attachment needs HTML that refers to it";
            add(format!("/attachments/{index}/content_id"), Wrong::new(codes::NOT_ALLOWED, message));
        }
        if email.attachments()[..index].iter().any(|other| other.content_id() == Some(id)) {
            let message = format!("the content id {} is used twice", text::shown(id));
            add(format!("/attachments/{index}/content_id"), Wrong::new(codes::DUPLICATE, message));
        }
    }
}

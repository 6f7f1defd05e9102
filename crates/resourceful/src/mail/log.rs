//! The provider `log`: mails are written to the log and go nowhere.

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;
use super::provider::Provider;

/// Writes each mail to the log, and sends nothing.
///
/// In development and in tests the log has recipients, subject and text, so that a verification code can be read there. In
/// production it has the Message-ID and sizes only: a log is no place for codes and addresses.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    shows_text: bool,
}

impl Log {
    /// For development: the whole text.
    pub const fn with_text() -> Self {
        Self { shows_text: true }
    }

    /// For production: the Message-ID and sizes.
    pub const fn without_text() -> Self {
        Self { shows_text: false }
    }
}

impl Provider for Log {
    fn name(&self) -> &str {
        "log"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let (id, count, bytes) = (mail.message_id(), mail.recipients().len(), mail.mime().len());
        if self.shows_text {
            let email = mail.email();
            let files: Vec<&str> = email.attachments().iter().map(|file| file.name()).collect();
            let files = if files.is_empty() { String::new() } else { format!("\nwith {}", files.join(", ")) };
            let text = email.plain_text().unwrap_or("(HTML only)").trim_end();
            tracing::info!(
                "mail to {} (only logged: EMAIL_PROVIDER is log): {}\n{text}{files}",
                mail.recipients().join(", "),
                email.subject_line(),
            );
        } else {
            tracing::warn!(
                message_id = id,
                recipients = count,
                bytes,
                "a mail was not sent, because EMAIL_PROVIDER is log; set it to smtp or ses"
            );
        }
        Ok(Vec::new())
    }
}

/// Stands where production has no provider: every mail fails, and an outbox keeps it until there is one.
pub(in crate::mail) struct Missing;

impl Provider for Missing {
    fn name(&self) -> &str {
        "none"
    }

    async fn send(&self, _: &Prepared) -> Result<Vec<Refused>, SendError> {
        Err(SendError::unavailable(
            "EMAIL_PROVIDER is not set, so mails cannot be sent; set it to smtp, ses, file or log",
        ))
    }
}

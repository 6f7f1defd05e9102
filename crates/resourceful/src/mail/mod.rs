//! Mail: messages, and the providers that deliver them.
//!
//! An [`Email`] is built and [checked](Email::check); the [`Mailer`] of the application sends it through a [`Provider`].
//! The guide to [email](crate::guide::email) begins with an empty domain.

mod address;
mod attachment;
mod check;
mod clock;
mod email;
mod file;
mod kept;
mod log;
mod mailer;
mod open;
mod outcome;
mod prepared;
mod provider;
#[cfg(feature = "ses")]
mod ses;
mod settings;
#[cfg(feature = "smtp")]
mod smtp;
mod templates;
mod text;
mod variables;

pub use address::Mailbox;
pub use attachment::Attachment;
pub use check::InvalidEmail;
pub use email::{Email, MAX_BYTES, MAX_RECIPIENTS};
pub use file::Folder;
pub use kept::SentMail;
pub use log::Log;
pub use mailer::Mailer;
pub(crate) use open::OwnProvider;
pub use outcome::{Refused, SendError, Sent};
pub use prepared::Prepared;
pub use provider::Provider;
#[cfg(feature = "ses")]
pub use ses::{Ses, SesSettings};
pub use settings::{EmailProvider, EmailSettings};
#[cfg(feature = "smtp")]
pub use smtp::{Smtp, SmtpSettings, SmtpTls};
pub use templates::{MailTemplate, TemplateError, TemplateInfo, Templates};
pub(crate) use variables::variables;

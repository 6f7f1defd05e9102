//! The settings of mail.

use std::time::Duration;

use super::address::Mailbox;
use crate::env::Reader;

/// How long a mail may take, if the settings do not say otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of mail.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    /// `EMAIL_PROVIDER` and the settings of that provider
    pub provider: EmailProvider,
    /// `EMAIL_FROM`: the sender of mails that have none
    pub from: Option<Mailbox>,
    /// `EMAIL_TIMEOUT`: the longest time that sending one mail may take; 30 s by default
    pub timeout: Duration,
    /// Whether the process keeps what it sends, for the page `/mail` and for tests: in development and in tests
    pub keeps_sent: bool,
}

/// Who delivers mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmailProvider {
    /// Nobody: sending fails, with an error after which another attempt may work. The default in production.
    Missing,
    /// The log has them, with their texts or only with their sizes.
    Log {
        /// Whether the log has recipients, subjects and texts.
        shows_text: bool,
    },
    /// Files in this folder.
    File(String),
}

impl Default for EmailSettings {
    /// Mails go to the log.
    fn default() -> Self {
        Self { provider: EmailProvider::Log { shows_text: false }, from: None, timeout: TIMEOUT, keeps_sent: false }
    }
}

impl EmailSettings {
    /// Reads the settings of mail.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let provider = provider(reader);
        let from = reader.text("EMAIL_FROM").and_then(|text| match text.parse::<Mailbox>() {
            Ok(mailbox) => Some(mailbox),
            Err(problem) => {
                reader.problem(format!(
                    "EMAIL_FROM cannot be used: {problem}. Set it to an address, or to `Name <address>`"
                ));
                None
            }
        });
        let delivers = !matches!(provider, EmailProvider::Missing | EmailProvider::Log { .. });
        if delivers && reader.is_production() && reader.text("EMAIL_FROM").is_none() {
            reader.problem("EMAIL_FROM is missing; set it to the address from which mails come, `Name <address>`");
        }
        let timeout = reader.positive::<u32>("EMAIL_TIMEOUT").map(|seconds| Duration::from_secs(seconds.into()));
        Self { provider, from, timeout: timeout.unwrap_or(TIMEOUT), keeps_sent: !reader.is_production() }
    }
}

fn provider(reader: &mut Reader<'_>) -> EmailProvider {
    let shows_text = !reader.is_production();
    match reader.text("EMAIL_PROVIDER").as_deref() {
        None if reader.is_production() => EmailProvider::Missing,
        None | Some("log") => EmailProvider::Log { shows_text },
        Some("file") => EmailProvider::File(reader.text("EMAIL_FOLDER").unwrap_or_else(|| "./data/mail".to_owned())),
        Some(other) => {
            let other = other.to_owned();
            reader.problem(format!("EMAIL_PROVIDER is `{other}`; it can be log, file, smtp or ses"));
            EmailProvider::Missing
        }
    }
}

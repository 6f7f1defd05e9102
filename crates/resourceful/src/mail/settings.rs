//! The settings of mail.

use std::time::Duration;

use url::Url;

use super::address::Mailbox;
#[cfg(feature = "ses")]
use super::ses::SesSettings;
#[cfg(feature = "smtp")]
use super::smtp::SmtpSettings;
use crate::env::Reader;

/// How long a mail may take, if the settings do not say otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long the outbox waits for the answer to a mail that the provider has. RFC 5321 section 4.5.3.2.6 asks for ten
/// minutes; a mail that is sent twice because of a slow answer is rarer than a server that never answers.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(300);

/// The settings of mail.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    /// `EMAIL_PROVIDER` and the settings of that provider
    pub provider: EmailProvider,
    /// `EMAIL_FROM`: the sender of mails that have none
    pub from: Option<Mailbox>,
    /// `EMAIL_TEMPLATES`: a folder with templates that replace the default ones, or add to them
    pub templates: Option<String>,
    /// `EMAIL_APP_NAME`: the name of the application in mails; by default its title
    pub app_name: Option<String>,
    /// `EMAIL_APP_URL`: the address of the application's pages, for links in mails
    pub app_url: Option<Url>,
    /// `EMAIL_RESET_URL`: the page on which a new password is chosen; by default `/reset-password` below `EMAIL_APP_URL`
    pub reset_url: Option<Url>,
    /// `EMAIL_TIMEOUT`: the longest time that sending one mail may take; 30 s by default
    pub timeout: Duration,
    /// `EMAIL_CONFIRM_TIMEOUT`: how long the outbox waits for the answer to a mail that the provider has whole; 300 s by
    /// default
    pub confirm_timeout: Duration,
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
    /// A mail server.
    #[cfg(feature = "smtp")]
    Smtp(SmtpSettings),
    /// The HTTPS API of Amazon SES.
    #[cfg(feature = "ses")]
    Ses(SesSettings),
}

impl Default for EmailSettings {
    /// Mails go to the log.
    fn default() -> Self {
        Self {
            provider: EmailProvider::Log { shows_text: false },
            from: None,
            templates: None,
            app_name: None,
            app_url: None,
            reset_url: None,
            timeout: TIMEOUT,
            confirm_timeout: CONFIRM_TIMEOUT,
            keeps_sent: false,
        }
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
        let mut seconds = |name| reader.positive::<u32>(name).map(|seconds| Duration::from_secs(seconds.into()));
        let (timeout, confirm_timeout) = (seconds("EMAIL_TIMEOUT"), seconds("EMAIL_CONFIRM_TIMEOUT"));
        Self {
            provider,
            from,
            templates: reader.text("EMAIL_TEMPLATES"),
            app_name: reader.text("EMAIL_APP_NAME"),
            app_url: page(reader, "EMAIL_APP_URL"),
            reset_url: page(reader, "EMAIL_RESET_URL"),
            timeout: timeout.unwrap_or(TIMEOUT),
            confirm_timeout: confirm_timeout.unwrap_or(CONFIRM_TIMEOUT),
            keeps_sent: !reader.is_production(),
        }
    }
}

fn provider(reader: &mut Reader<'_>) -> EmailProvider {
    let shows_text = !reader.is_production();
    match reader.text("EMAIL_PROVIDER").as_deref() {
        None if reader.is_production() => EmailProvider::Missing,
        None | Some("log") => EmailProvider::Log { shows_text },
        Some("file") => EmailProvider::File(reader.text("EMAIL_FOLDER").unwrap_or_else(|| "./data/mail".to_owned())),
        #[cfg(feature = "smtp")]
        Some("smtp") => {
            let region = region(reader);
            EmailProvider::Smtp(SmtpSettings::from_env(reader, region.as_deref()))
        }
        #[cfg(not(feature = "smtp"))]
        Some("smtp") => {
            reader.lacks_feature("EMAIL_PROVIDER=smtp", "smtp");
            EmailProvider::Missing
        }
        #[cfg(feature = "ses")]
        Some("ses") => {
            let region = region(reader);
            EmailProvider::Ses(SesSettings::from_env(reader, region.as_deref()))
        }
        #[cfg(not(feature = "ses"))]
        Some("ses") => {
            reader.lacks_feature("EMAIL_PROVIDER=ses", "ses");
            EmailProvider::Missing
        }
        Some(other) => {
            let other = other.to_owned();
            reader.problem(format!("EMAIL_PROVIDER is `{other}`; it can be log, file, smtp or ses"));
            EmailProvider::Missing
        }
    }
}

/// The region of Amazon SES. It becomes a part of host names.
#[cfg(feature = "smtp")]
fn region(reader: &mut Reader<'_>) -> Option<String> {
    let region = reader.text("SES_REGION").or_else(|| reader.text("AWS_REGION"))?;
    if region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Some(region);
    }
    reader.problem(format!("SES_REGION is `{region}`; it must be a region of AWS such as eu-west-1"));
    None
}

/// The address of a page.
fn page(reader: &mut Reader<'_>, name: &str) -> Option<Url> {
    let text = reader.text(name)?;
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if url.is_none() {
        reader.problem(format!("{name} is `{text}`; it must be a URL such as https://app.example.org"));
    }
    url
}

//! Sending mails.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::Mailbox;
use super::email::Email;
use super::kept::{Kept, SentMail};
use super::log::Log;
use super::outcome::{SendError, Sent};
use super::prepared::Prepared;
use super::provider::{AnyProvider, Provider};
use super::settings::EmailSettings;
use super::templates::Templates;

/// Sends mails through a provider. Cloning is cheap.
///
/// An application has one: `ctx.mailer()`. One on its own is made by [`new`](Self::new).
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    provider: Arc<dyn AnyProvider>,
    from: Mailbox,
    limit: Duration,
    kept: Option<Kept>,
    templates: Templates,
    /// Whether the provider could not be used the last time.
    is_failing: AtomicBool,
}

impl Mailer {
    /// A mailer with this provider and these templates. Of the settings it uses the sender, the limit of time, and whether
    /// mails are kept.
    pub fn new(provider: impl Provider, settings: &EmailSettings, templates: Templates) -> Self {
        Self::of(Arc::new(provider), settings, templates)
    }

    pub(in crate::mail) fn of(provider: Arc<dyn AnyProvider>, settings: &EmailSettings, templates: Templates) -> Self {
        let from = settings.from.clone().unwrap_or_else(|| Mailbox::from("noreply@localhost"));
        let kept = settings.keeps_sent.then(Kept::default);
        let is_failing = AtomicBool::new(false);
        Self(Arc::new(Inner { provider, from, limit: settings.timeout, kept, templates, is_failing }))
    }

    /// A mailer that writes mails to the log, for a context whose builder got none.
    pub(crate) fn to_log() -> Self {
        let settings = EmailSettings::default();
        Self::new(Log::without_text(), &settings, Templates::default())
    }

    /// The name of the provider: `log`, `smtp`.
    pub fn provider(&self) -> &str {
        self.0.provider.name()
    }

    /// The sender of mails that have none.
    pub fn default_sender(&self) -> &Mailbox {
        &self.0.from
    }

    /// The templates of the application.
    pub fn templates(&self) -> Templates {
        self.0.templates.clone()
    }

    /// Sends a mail now, and waits until the provider has accepted or refused it, for at most `EMAIL_TIMEOUT`.
    ///
    /// A mail to several recipients goes out once. If the provider accepts some of them and refuses others, those who were
    /// accepted get it: the answer is `Ok`, and [`Sent::refused`] names the others. For another attempt,
    /// [`Sent::remaining`] has those for whom it may work, and [`Email::remaining`] limits the mail to them.
    ///
    /// # Errors
    /// If nobody got it. After the limit of time that is not certain: the provider may have accepted the mail without
    /// saying so in time. The error is temporary then, and the mail may arrive twice, with the same Message-ID.
    pub async fn send_now(&self, email: &Email) -> Result<Sent, SendError> {
        let mail = Prepared::new(email, &self.0.from)?;
        let limit = self.0.limit;
        let outcome = match tokio::time::timeout(limit, self.0.provider.send(&mail)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::temporary(format!(
                "the provider `{}` did not take the mail within {} s",
                self.provider(),
                limit.as_secs_f32()
            ))),
        };
        // What it says about a mail or a recipient shows that it works.
        let is_failing = outcome.as_ref().is_err_and(|error| !error.is_permanent() && error.refused().is_empty());
        self.0.is_failing.store(is_failing, Ordering::Relaxed);
        let outcome = match outcome {
            Ok(refused) if mail.recipients().iter().all(|address| refused.iter().any(|it| it.address == *address)) => {
                Err(SendError::all_refused(refused))
            }
            outcome => outcome,
        };
        if let Some(kept) = &self.0.kept {
            kept.add(&mail, outcome.clone());
        }
        let refused = outcome?;
        Ok(Sent { message_id: mail.message_id().to_owned(), refused })
    }

    /// Whether the provider could not be used the last time.
    pub(crate) fn is_failing(&self) -> bool {
        self.0.is_failing.load(Ordering::Relaxed)
    }

    /// The last mails that this process has sent or tried to send, the last one first: at most 200, and at most 16 MiB
    /// of them. Always empty in production, where no mail is kept.
    pub fn sent(&self) -> Vec<SentMail> {
        self.0.kept.as_ref().map(Kept::all).unwrap_or_default()
    }

    /// Forgets the mails of [`sent`](Self::sent).
    pub fn forget_sent(&self) {
        if let Some(kept) = &self.0.kept {
            kept.clear();
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("provider", &self.provider()).field("from", &self.0.from).finish()
    }
}

//! Sending mails.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::address::Mailbox;
use super::clock::Patience;
use super::email::Email;
use super::kept::{Kept, SentMail};
use super::log::Log;
use super::outcome::{Refused, SendError, Sent};
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
    /// How long an attempt waits, and how long one of the outbox waits for the last answer.
    limit: Duration,
    confirming: Duration,
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
        let (limit, confirming) = (settings.timeout, settings.confirm_timeout);
        Self(Arc::new(Inner { provider, from, limit, confirming, kept, templates, is_failing: AtomicBool::new(false) }))
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

    /// Sends a mail now, and waits until the provider has accepted or refused it: at most `EMAIL_TIMEOUT`, plus a second for
    /// each 32 KiB of the mail. If all connections to the mail server are in use, it first waits for one, for at most
    /// `EMAIL_TIMEOUT`.
    ///
    /// A mail to several recipients goes out once. If the provider accepts some of them and refuses others, those who were
    /// accepted get it: the answer is `Ok`, and [`Sent::refused`] names the others. For another attempt,
    /// [`Sent::remaining`] has those for whom it may work, and [`Email::remaining`] limits the mail to them.
    ///
    /// # Errors
    /// If nobody got it. After the limit of time that is not certain: the provider may have accepted the mail without
    /// saying so in time. The error is temporary then, [`SendError::may_have_arrived`] says so, and a further attempt can
    /// be a second mail with the same Message-ID.
    pub async fn send_now(&self, email: &Email) -> Result<Sent, SendError> {
        let patience = Patience { talking: self.0.limit, confirming: None, is_out: Arc::default() };
        self.attempt(Arc::new(email.clone()), patience).await
    }

    /// Sends a mail as [`send_now`](Self::send_now), but waits longer for the answer to a mail that the provider has
    /// (`EMAIL_CONFIRM_TIMEOUT`), because nobody waits for this. `is_out` tells meanwhile whether it has it.
    pub(crate) async fn deliver(&self, email: Arc<Email>, is_out: Arc<AtomicBool>) -> Result<Sent, SendError> {
        self.attempt(email, Patience { talking: self.0.limit, confirming: Some(self.0.confirming), is_out }).await
    }

    /// More than the longest time of [`deliver`](Self::deliver).
    pub(crate) fn longest_delivery(&self) -> Duration {
        2 * self.0.limit + Duration::from_secs(900) + self.0.confirming
    }

    async fn attempt(&self, email: Arc<Email>, patience: Patience) -> Result<Sent, SendError> {
        let mail = Prepared::new(email, &self.0.from, patience)?;
        let outcome = match self.limited(&mail).await {
            Ok(refused) => told_of(mail.recipients(), refused),
            Err(error) => Err(error),
        };
        // What it says about a mail or a recipient shows that it works.
        let is_failing = outcome.as_ref().is_err_and(|error| error.is_unavailable() || error.may_have_arrived());
        self.0.is_failing.store(is_failing, Ordering::Relaxed);
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

    /// Lets the provider send, until the time of the step is over in which it is.
    async fn limited(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let mut sending = self.0.provider.send(mail);
        loop {
            let until = mail.clock().until();
            match tokio::time::timeout_at(until, &mut sending).await {
                Ok(outcome) => return outcome,
                // Meanwhile the next step has begun, which has more time.
                Err(_) if mail.clock().until() > until => {}
                Err(_) => return Err(mail.clock().expired(self.provider())),
            }
        }
    }

    /// Whether mails could be sent now, as far as the provider can try it without sending one.
    ///
    /// # Errors
    /// Why no mail can be sent.
    pub(crate) async fn check(&self) -> Result<(), SendError> {
        let tried = tokio::time::timeout(self.0.limit, self.0.provider.check()).await;
        tried.unwrap_or_else(|_| Err(SendError::unavailable("the mail server does not answer in time")))
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

/// The recipients who were refused, in our spelling of their addresses: providers report them in one of their own.
///
/// A report about somebody else leaves open who has the mail, so it counts as one whose answer was lost.
fn told_of(recipients: &[String], refused: Vec<Refused>) -> Result<Vec<Refused>, SendError> {
    let mut known = Vec::with_capacity(refused.len());
    for refused in refused {
        match recipients.iter().find(|address| address.eq_ignore_ascii_case(refused.address.trim())) {
            Some(address) => known.push(Refused { address: address.clone(), ..refused }),
            None => {
                return Err(SendError::unheard(format!(
                    "the provider refused `{}`, who is no recipient of the mail, so it is not known who has it: {}",
                    refused.address, refused.reason
                )));
            }
        }
    }
    if recipients.iter().all(|address| known.iter().any(|it| it.address == *address)) {
        return Err(SendError::all_refused(known));
    }
    Ok(known)
}

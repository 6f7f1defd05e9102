//! Mail that goes through the outbox: stored with the change that causes it, and sent by a worker.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{Handlers, Message, Undelivered};
use super::outbox;
use super::records::{Records, shortened};
use super::store::New;
use crate::context::{Connection, Context, Tx};
use crate::error::Result;
use crate::mail::{Email, Mailer, Refused, SendError};
use crate::resource::HookContext;

/// The kind of messages that are mails.
const KIND: &str = "mail";

/// Sends mail that is stored first, and delivered even if the process ends or the mail server is down:
/// [`Context::mailer`], [`Tx::mailer`] and [`HookContext::mailer`] return it.
///
/// From a transaction, mail is sent if the transaction is committed, and only then. From a context, it is stored at once.
/// See [the guide](crate::guide::outbox).
///
/// ```
/// # use resourceful::prelude::*;
/// # use resourceful::mail::Email;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Order { pub id: Uuid, pub number: String }
/// # async fn place(ctx: &Context, address: &str) -> Result<()> {
/// ctx.transaction(async |tx| {
///     let order = order::Service::as_system(&tx).create(order::Create::new("A-17")).await?;
///     let mail = Email::to(address).subject(format!("Order {}", order.number)).text("Thank you for your order.");
///     tx.mailer().send(mail).await?;
///     Ok(())
/// })
/// .await
/// # }
/// # fn main() {}
/// ```
///
/// It is also the [`Mailer`] of the application: [`send_now`](Mailer::send_now) sends directly, without storing anything.
#[derive(Clone, Debug)]
pub struct DurableMailer {
    connection: Connection,
    direct: Mailer,
}

impl DurableMailer {
    pub(crate) fn new(connection: Connection) -> Self {
        let direct = match &connection {
            Connection::Pool(ctx) => ctx.direct_mailer(),
            Connection::Transaction(tx) => tx.ctx().direct_mailer(),
        };
        Self { connection, direct }
    }

    /// Stores a mail; a worker sends it, and tries again until it is sent, refused for good, or given up
    /// (`OUTBOX_GIVE_UP`, or earlier by [`Email::expires_in`]). Returns its id, which `mail status` shows and which is part
    /// of its Message-ID, unless the mail has one of its own.
    ///
    /// # Errors
    /// 422 `invalid-email`, with the fields that are invalid; then nothing is stored. 500 if the application does not
    /// send mail ([`App::mail`](crate::App::mail)); 503 if the database is unavailable or too busy.
    pub async fn send(&self, email: Email) -> Result<Uuid> {
        email.check()?;
        let id = Uuid::now_v7();
        let email = email.stored(id, self.default_sender());
        let new = New { id, kind: KIND, label: Some(label(&email)), lifetime: email.lifetime() };
        outbox::add(&self.connection, new, &Stored { email, refused: Vec::new(), unheard: 0 }).await
    }

    /// Stores a mail with this text: [`send`](Self::send).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_email(&self, to: &str, subject: &str, text: &str) -> Result<Uuid> {
        self.send(Email::to(to).subject(subject).text(text)).await
    }

    /// Stores the mail with which somebody confirms their address, from the template `verification`.
    ///
    /// # Errors
    /// As [`send`](Self::send); 500 if the template was replaced by one that uses other values.
    pub async fn send_verification_email(&self, to: &str, code: &str) -> Result<Uuid> {
        self.send(self.templates().verification(to, code)?).await
    }

    /// Stores the mail with which somebody chooses a new password, from the template `password_reset`.
    ///
    /// # Errors
    /// As [`send`](Self::send); 500 if the template was replaced by one that uses other values.
    pub async fn send_password_reset_email(&self, to: &str, token: &str) -> Result<Uuid> {
        self.send(self.templates().password_reset(to, token)?).await
    }
}

impl Deref for DurableMailer {
    type Target = Mailer;

    fn deref(&self) -> &Mailer {
        &self.direct
    }
}

impl Context {
    /// The mailer of the application. What it sends is stored at once, and does not belong to a transaction: inside the
    /// closure of one use [`Tx::mailer`]. There PostgreSQL stores the mail even if the transaction is rolled back, and SQLite,
    /// which has one writer at a time, refuses with an error.
    pub fn mailer(&self) -> DurableMailer {
        DurableMailer::new(Connection::Pool(self.clone()))
    }
}

impl Tx {
    /// A mailer whose mail is sent if the transaction is committed, and only then.
    pub fn mailer(&self) -> DurableMailer {
        DurableMailer::new(Connection::Transaction(self.clone()))
    }
}

impl HookContext {
    /// A mailer whose mail is sent if the write is committed, and only then.
    pub fn mailer(&self) -> DurableMailer {
        self.tx().mailer()
    }
}

/// How often a mail may be handed to a mail server that does not say what it did with it.
const UNHEARD: u32 = 5;

/// The wait after a server had a mail and needed too long to answer.
const LATE: Duration = Duration::from_secs(60 * 60);

/// A mail in the outbox.
#[derive(Serialize, Deserialize)]
struct Stored {
    email: Email,
    /// The recipients who were refused for good while others had to wait, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused: Vec<(String, String)>,
    /// How often a server had the mail and its answer was not heard.
    #[serde(default, skip_serializing_if = "is_zero")]
    unheard: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Stored {
    /// What is left to do after an attempt that refused these recipients.
    fn after(mut self, refused: &[Refused]) -> Result<(), Undelivered> {
        let (permanent, temporary): (Vec<_>, Vec<_>) = refused.iter().partition(|refused| refused.is_permanent);
        self.refused.extend(permanent.iter().map(|refused| (refused.address.clone(), refused.reason.clone())));
        if !temporary.is_empty() {
            let reason = reasons(temporary.iter().map(|refused| (&refused.address, &refused.reason)));
            self.email = self.email.remaining(temporary.iter().map(|refused| refused.address.clone()));
            return Err(Undelivered::temporary(reason).remaining(&self));
        }
        if self.refused.is_empty() {
            return Ok(());
        }
        let reason = reasons(self.refused.iter().map(|(address, reason)| (address, reason)));
        let addresses: Vec<String> = self.refused.drain(..).map(|(address, _)| address).collect();
        self.email = self.email.remaining(addresses);
        Err(Undelivered::permanent(reason).remaining(&self))
    }

    /// What is left to do after an attempt of which nobody knows whether it succeeded. Each further one can be one more mail
    /// for the recipients, so there are few of them.
    fn unheard(mut self, error: &SendError) -> Undelivered {
        self.unheard += 1;
        if self.unheard >= UNHEARD {
            let reason =
                format!("{} attempts ended without an answer; it may have arrived: {}", self.unheard, error.reason());
            return Undelivered::permanent(reason).remaining(&self);
        }
        let wait = if error.is_late() { LATE } else { Duration::ZERO };
        Undelivered::temporary(error.reason()).remaining(&self).wait_at_least(wait)
    }
}

fn reasons<'a>(refused: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let each: Vec<String> = refused.map(|(address, reason)| format!("{address}: {reason}")).collect();
    format!("refused: {}", each.join("; "))
}

/// Delivers mails with the mailer of the application, which limits the time of each step.
pub(super) fn register(handlers: &mut Handlers, ctx: &Context) {
    handlers.add(KIND, deliver);
    handlers.limit(KIND, ctx.direct_mailer().longest_delivery());
}

async fn deliver(ctx: Context, message: Message) -> Result<(), Undelivered> {
    let Stored { email, refused, unheard } = message.payload()?;
    if email.has_expired() {
        return Err(Undelivered::permanent("the time in which it was of use is over (`Email::expires_in`)"));
    }
    let email = Arc::new(email);
    let outcome = ctx.direct_mailer().deliver(email.clone(), message.is_out.clone()).await;
    let stored = move || Stored { email: Arc::unwrap_or_clone(email), refused, unheard };
    match outcome {
        Ok(sent) => stored().after(sent.refused()),
        Err(error) if !error.refused().is_empty() => stored().after(error.refused()),
        Err(error) if error.is_permanent() => Err(Undelivered::permanent(error.reason())),
        Err(error) if error.may_have_arrived() => Err(stored().unheard(&error)),
        Err(error) if error.is_unavailable() => Err(Undelivered::unavailable(error.reason())),
        Err(error) => Err(Undelivered::temporary(error.reason())),
    }
}

/// The messages of a kind in the outbox, for the command `mail`; mails, if it is not said.
pub(crate) fn records(ctx: &Context, kind: Option<String>) -> Records {
    Records::new(ctx, kind.unwrap_or_else(|| KIND.to_owned()))
}

/// Whether messages of this kind are mails.
pub(crate) fn is_mail(kind: &str) -> bool {
    kind == KIND
}

/// Who gets a mail, with addresses shortened.
fn label(email: &Email) -> String {
    let all: Vec<&str> = email.recipients().map(|(_, mailbox)| mailbox.address()).collect();
    let mut to = shortened(&all.iter().take(3).copied().collect::<Vec<_>>().join(" "));
    let more = all.len().saturating_sub(3);
    if more > 0 {
        to.push_str(&format!(" and {more} more"));
    }
    to
}

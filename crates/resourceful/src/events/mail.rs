//! Mail that goes through the outbox: stored with the change that causes it, and sent by a worker.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{Handlers, Message, Undelivered};
use super::outbox;
use super::records::Records;
use crate::context::{Connection, Context, Tx};
use crate::error::Result;
use crate::mail::{Email, Mailer, Refused};
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
    /// (`OUTBOX_GIVE_UP`). Returns its id, which `mail status` shows and which is part of its Message-ID.
    ///
    /// # Errors
    /// 422 `invalid-email`, with the fields that are invalid; then nothing is stored. 500 if the application does not
    /// send mail ([`App::mail`](crate::App::mail)); 503 if the database is unavailable or too busy.
    pub async fn send(&self, email: Email) -> Result<Uuid> {
        email.check()?;
        let id = Uuid::now_v7();
        // The same value that is sent twice is two mails: with one Message-ID recipients would see the first only.
        let email = if email.has_own_message_id() { email } else { email.message_id(id.to_string()) };
        outbox::add(&self.connection, id, KIND, &Stored { email, refused: Vec::new() }).await
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
    /// The mailer of the application. What it sends is stored at once, also within a transaction of this context: there
    /// use [`Tx::mailer`].
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

/// A mail in the outbox.
#[derive(Serialize, Deserialize)]
struct Stored {
    email: Email,
    /// The recipients who were refused for good while others had to wait, each with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused: Vec<(String, String)>,
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
}

fn reasons<'a>(refused: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let each: Vec<String> = refused.map(|(address, reason)| format!("{address}: {reason}")).collect();
    format!("refused: {}", each.join("; "))
}

/// Delivers mails with the mailer of the application.
pub(super) fn register(handlers: &mut Handlers) {
    handlers.add(KIND, deliver);
}

async fn deliver(ctx: Context, message: Message) -> Result<(), Undelivered> {
    let stored: Stored = message.payload()?;
    match ctx.direct_mailer().send_now(&stored.email).await {
        Ok(sent) => stored.after(sent.refused()),
        Err(error) if !error.refused().is_empty() => stored.after(error.refused()),
        Err(error) if error.is_permanent() => Err(Undelivered::permanent(error.reason())),
        Err(error) => Err(Undelivered::temporary(error.reason())),
    }
}

/// The mails in the outbox, for the command `mail`.
pub(crate) fn mails(ctx: &Context) -> Records {
    Records::new(ctx, KIND)
}

/// Who gets a stored mail, and its subject. Control characters are removed: what is printed must not control a terminal.
pub(crate) fn described(payload: &str) -> (String, String) {
    let Ok(Stored { email, .. }) = serde_json::from_str(payload) else {
        return ("unknown".to_owned(), "unknown".to_owned());
    };
    let all = email.recipients().map(|(_, mailbox)| mailbox.address().to_owned()).collect();
    let addresses: Vec<String> = email.remaining_addresses().map_or(all, <[String]>::to_vec);
    let more = addresses.len().saturating_sub(3);
    let mut to = addresses.into_iter().take(3).collect::<Vec<_>>().join(" ");
    if more > 0 {
        to.push_str(&format!(" and {more} more"));
    }
    (to, email.subject_line().chars().filter(|c| !c.is_control()).take(80).collect())
}

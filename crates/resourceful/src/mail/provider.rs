//! The trait of adapters: what takes finished mails and delivers them.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;

/// What takes finished mails and delivers them: a mail server, or the API of a company.
///
/// The [`Mailer`](super::Mailer) checks every mail before, and limits the time of each call: a provider needs neither
/// checks nor a timeout of its own. The future is dropped when the time is over ([`Prepared::deadline`]).
///
/// ```
/// use resourceful::mail::{Prepared, Provider, Refused, SendError};
///
/// /// Prints mails.
/// struct Paper;
///
/// impl Provider for Paper {
///     fn name(&self) -> &str {
///         "paper"
///     }
///
///     async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
///         println!("{}", String::from_utf8_lossy(mail.mime()));
///         Ok(Vec::new())
///     }
/// }
/// # fn add(app: resourceful::App) -> resourceful::App {
/// app.mailer(Paper)
/// # }
/// ```
pub trait Provider: Send + Sync + 'static {
    /// A short name for log lines.
    fn name(&self) -> &str;

    /// Sends a mail to all its [`recipients`](Prepared::recipients), and returns those who were refused: an empty list if
    /// all of them got it. A refusal of one recipient must not keep the others from getting it.
    ///
    /// # Errors
    /// If nobody got it. Everything that is not certainly permanent is [`SendError::temporary`];
    /// [`SendError::unavailable`] if no mail can be sent now, [`SendError::unheard`] if somebody may have got it.
    fn send(&self, mail: &Prepared) -> impl Future<Output = Result<Vec<Refused>, SendError>> + Send;

    /// Tries whether mails could be sent now, without sending one, for the command `doctor`. By default nothing is tried.
    ///
    /// # Errors
    /// Why no mail can be sent.
    fn check(&self) -> impl Future<Output = Result<(), SendError>> + Send {
        std::future::ready(Ok(()))
    }
}

/// A provider of any type.
pub(in crate::mail) trait AnyProvider: Send + Sync {
    fn name(&self) -> &str;
    fn send<'a>(&'a self, mail: &'a Prepared) -> BoxFuture<'a, Result<Vec<Refused>, SendError>>;
    fn check(&self) -> BoxFuture<'_, Result<(), SendError>>;
}

impl<P: Provider> AnyProvider for P {
    fn name(&self) -> &str {
        Provider::name(self)
    }

    fn send<'a>(&'a self, mail: &'a Prepared) -> BoxFuture<'a, Result<Vec<Refused>, SendError>> {
        Provider::send(self, mail).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), SendError>> {
        Provider::check(self).boxed()
    }
}

//! The provider `smtp`: mails go to a mail server (RFC 5321).

mod connection;
mod encrypted;
mod plain;
mod pool;
mod refusal;
mod settings;

pub use settings::{SmtpSettings, SmtpTls};

use connection::{Connector, Failed};
use pool::Pool;

use super::outcome::{Refused, SendError};
use super::prepared::Prepared;
use super::provider::Provider;
use crate::error::StartupError;

/// Sends mails to a mail server, with at most `SMTP_MAX_CONNECTIONS` connections at the same time. Further mails wait for
/// a connection.
///
/// A mail to several recipients is one transaction: the server is told each recipient, and gets the mail for those whom it
/// accepts. So nobody gets it twice, and nobody misses it because of another's wrong address.
pub struct Smtp {
    connector: Connector,
    pool: Pool,
}

impl Smtp {
    /// A provider with these settings. It connects when the first mail is sent.
    ///
    /// # Errors
    /// If the file with the certificates cannot be used, or if a server on another machine would get mails without
    /// encryption.
    pub fn new(settings: &SmtpSettings) -> Result<Self, StartupError> {
        Ok(Self { connector: Connector::new(settings)?, pool: Pool::new(settings.max_connections) })
    }
}

impl Provider for Smtp {
    fn name(&self) -> &str {
        "smtp"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let clock = mail.clock();
        clock.waits();
        // The permit is held until this future ends or is dropped, as the connection is: there are never more
        // connections than permits.
        let _permit = self.pool.permit().await;
        clock.begins(mail.mime().len());
        if let Some(mut known) = self.pool.idle() {
            match known.send(mail).await {
                Ok(refused) => {
                    self.pool.keep(known);
                    return Ok(refused);
                }
                // The server has closed the connection meanwhile, before it heard of this mail.
                Err(Failed { not_begun: true, .. }) => {}
                Err(failed) => return Err(failed.error),
            }
        }
        clock.connects();
        let mut new = self.connector.connect().await?;
        clock.talks();
        let refused = new.send(mail).await.map_err(|failed| failed.error)?;
        self.pool.keep(new);
        Ok(refused)
    }

    /// Connects, with TLS and authentication as for a mail.
    async fn check(&self) -> Result<(), SendError> {
        self.connector.connect().await.map(drop)
    }
}

//! One connection to a mail server, and the conversation about one mail.

use std::sync::atomic::Ordering;

use lettre::address::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;

use tokio::net::TcpStream;

use super::encrypted::Encrypted;
use super::plain::Careful;
use super::refusal::{About, is_about_login, is_permanent};
use super::settings::{SmtpSettings, SmtpTls};
use crate::error::StartupError;
use crate::mail::outcome::{Refused, SendError};
use crate::mail::prepared::Prepared;

/// How many bytes of a mail are written at a time.
const PART: usize = 64 * 1024;

/// Makes connections.
pub(super) struct Connector {
    host: String,
    port: u16,
    mode: SmtpTls,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
}

impl Connector {
    pub(super) fn new(settings: &SmtpSettings) -> Result<Self, StartupError> {
        if settings.is_readable() {
            return Err(StartupError::new(format!(
                "SMTP_TLS is none, but {} is another machine: passwords and mails would be readable on the way. Set it to \
                 starttls or implicit",
                settings.host
            )));
        }
        let tls = match settings.tls {
            SmtpTls::None => None,
            SmtpTls::StartTls | SmtpTls::Implicit => Some(tls(settings)?),
        };
        let credentials = settings
            .username
            .as_ref()
            .map(|name| Credentials::new(name.clone(), settings.password.clone().map(|it| it.0).unwrap_or_default()));
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            mode: settings.tls,
            tls,
            credentials,
            hello: ClientId::default(),
        })
    }

    /// Opens a connection, encrypts it and authenticates, as the settings say. Whatever fails here says nothing about the
    /// mail, so it is temporary: a wrong password, or an unknown certificate, can be put right while mails wait.
    pub(super) async fn connect(&self) -> Result<Connection, SendError> {
        let Self { host, port, .. } = self;
        let failed = |what: &str, error: SmtpError| {
            SendError::unavailable(format!("the mail server {host}:{port} {what}: {}", said(&error)))
        };
        let closed = |error: SmtpError| failed("did not accept a connection", error);
        let not_encrypted = |error: SmtpError| failed("could not be spoken to with TLS", error);
        let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| {
            SendError::unavailable(format!("the mail server {host}:{port} did not accept a connection: {error}"))
        })?;
        let (stream, is_settled) = Careful::new(stream);
        let begins_plain = self.mode == SmtpTls::StartTls;
        is_settled.store(!begins_plain, Ordering::Relaxed);
        let stream: Box<dyn AsyncTokioStream> = match (self.mode, &self.tls) {
            (SmtpTls::Implicit, Some(tls)) => {
                Box::new(Encrypted::begin(stream, tls.clone()).await.map_err(not_encrypted)?)
            }
            _ => Box::new(stream),
        };
        let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await.map_err(closed)?;
        if let (true, Some(tls)) = (begins_plain, &self.tls) {
            if !connection.can_starttls() {
                return Err(SendError::unavailable(format!(
                    "the mail server {host}:{port} does not offer encryption (STARTTLS), so nothing was sent; set \
                     SMTP_TLS=implicit if it expects TLS from the first byte, as on port 465"
                )));
            }
            connection.starttls(tls.clone(), &self.hello).await.map_err(not_encrypted)?;
            is_settled.store(true, Ordering::Relaxed);
        }
        if let Some(credentials) = &self.credentials {
            let answer = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            expect(answer, 235).map_err(|error| match error {
                Unexpected::Refused { reason, .. } | Unexpected::Broken { reason } => SendError::unavailable(format!(
                    "the mail server {host}:{port} did not accept SMTP_USERNAME and SMTP_PASSWORD: {reason}"
                )),
            })?;
        }
        Ok(Connection { inner: connection, mails: 0, is_usable: true })
    }
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, StartupError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let wrong = |error: &dyn std::fmt::Display| {
            StartupError::new(format!(
                "the file `{file}` of SMTP_CA_FILE cannot be used: {error}; it must have certificates in PEM form"
            ))
        };
        let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
        if !pem.windows(11).any(|bytes| bytes == b"-----BEGIN ") {
            return Err(wrong(&"it has no certificate"));
        }
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    builder.build().map_err(|error| StartupError::new(format!("TLS to the mail server cannot be set up: {error}")))
}

/// A connection that is ready for a mail.
pub(super) struct Connection {
    inner: AsyncSmtpConnection,
    mails: u32,
    is_usable: bool,
}

/// Why a mail was not taken.
pub(super) struct Failed {
    pub(super) error: SendError,
    /// The connection was closed before the server heard of the mail.
    pub(super) not_begun: bool,
}

impl Connection {
    /// The number of mails so far.
    pub(super) fn mails(&self) -> u32 {
        self.mails
    }

    /// Whether another mail can follow.
    pub(super) fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Sends a mail, and returns the recipients whom the server refused.
    pub(super) async fn send(&mut self, mail: &Prepared) -> Result<Vec<Refused>, Failed> {
        // True again only at an end after which the server expects the next mail.
        self.is_usable = false;
        self.mails += 1;
        let whole = |error: SendError| Failed { error, not_begun: false };
        let sender = address(mail.sender()).map_err(whole)?;
        let answer = self.inner.command(Mail::new(Some(sender), Vec::new())).await;
        if let Err(unexpected) = expect(answer, 250) {
            // 421: the server closes the connection (RFC 5321 section 3.8).
            let not_begun = match &unexpected {
                Unexpected::Broken { .. } => true,
                Unexpected::Refused { code, .. } => *code == 421,
            };
            return Err(Failed { error: unexpected.of_mail(About::Sender), not_begun });
        }
        let mut refused = Vec::new();
        for recipient in mail.recipients() {
            let to = address(recipient).map_err(whole)?;
            let answer = self.inner.command(Rcpt::new(to, Vec::new())).await;
            match expect(answer, 250) {
                Ok(()) => {}
                Err(Unexpected::Refused { code, reason }) if code != 421 => {
                    let is_permanent = is_permanent(About::Recipient, code, text_of(&reason));
                    refused.push(Refused { address: recipient.clone(), reason, is_permanent });
                }
                Err(unexpected) => return Err(whole(unexpected.of_mail(About::Recipient))),
            }
        }
        if refused.len() == mail.recipients().len() {
            // The transaction is over for the next mail only after RSET.
            self.is_usable = self.inner.command(Rset).await.is_ok();
            return Ok(refused);
        }
        expect(self.inner.command(Data).await, 354).map_err(|unexpected| whole(unexpected.of_mail(About::Data)))?;
        // The library adds CRLF before the dot that ends the mail.
        let mime = mail.mime().strip_suffix(b"\r\n").unwrap_or(mail.mime());
        let clock = mail.clock();
        // When the last part is written the dot follows, and after it only the answer is missing.
        let parts = mime.chunks(PART).map(Some).chain([None]).map_while(|part| {
            if part.is_none() {
                clock.hands_over();
            }
            part
        });
        let answer = self.inner.message_iter(parts).await;
        match expect(answer, 250) {
            Ok(()) => {
                self.is_usable = true;
                Ok(refused)
            }
            Err(Unexpected::Broken { reason }) if clock.is_handed_over() => Err(whole(SendError::unheard(format!(
                "the mail server got the mail and its answer was lost: it may have arrived: {reason}"
            )))),
            Err(unexpected) => {
                self.is_usable = matches!(unexpected, Unexpected::Refused { code, .. } if code != 421);
                Err(whole(unexpected.of_mail(About::Content)))
            }
        }
    }
}

fn address(text: &str) -> Result<Address, SendError> {
    text.parse().map_err(|error| SendError::permanent(format!("`{text}` is not an address: {error}")))
}

/// An answer other than the expected one.
enum Unexpected {
    /// A reply that refuses.
    Refused { code: u16, reason: String },
    /// No reply, or one that does not fit.
    Broken { reason: String },
}

impl Unexpected {
    /// The error of the whole mail.
    fn of_mail(self, about: About) -> SendError {
        let what = match about {
            About::Sender => "the sender",
            About::Recipient => "a recipient",
            About::Data | About::Content => "the mail",
        };
        match self {
            Self::Refused { code, reason } if is_about_login(code) => {
                SendError::unavailable(format!("the mail server did not take {what} without a login: {reason}"))
            }
            Self::Refused { code, reason } if is_permanent(about, code, text_of(&reason)) => {
                SendError::permanent(format!("the mail server refused {what}: {reason}"))
            }
            Self::Refused { reason, .. } => {
                SendError::temporary(format!("the mail server did not take {what} now: {reason}"))
            }
            Self::Broken { reason } => {
                SendError::temporary(format!("the conversation with the mail server broke off at {what}: {reason}"))
            }
        }
    }
}

/// Checks that an answer has this code; for 250 other codes of success are accepted too, such as 251.
///
/// The exact code matters: where one answer too many came, each would count for the step behind its own, and a mail would
/// count as accepted before the server has said so.
fn expect(answer: Result<Response, SmtpError>, code: u16) -> Result<(), Unexpected> {
    match answer {
        Ok(answer) => {
            let got = u16::from(answer.code());
            if got == code || (code == 250 && (251..260).contains(&got)) {
                return Ok(());
            }
            Err(Unexpected::Broken { reason: format!("it answered {got}, and {code} was expected") })
        }
        Err(error) => Err(match error.status() {
            Some(status) => Unexpected::Refused { code: status.into(), reason: said(&error) },
            None => Unexpected::Broken { reason: said(&error) },
        }),
    }
}

/// What a server said, on one line and not too long.
fn said(error: &SmtpError) -> String {
    let text: String = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect();
    text.trim().to_owned()
}

/// What the server said, without what the library writes before it: `permanent error (550): `.
fn text_of(reason: &str) -> &str {
    reason.split_once("): ").map_or(reason, |(_, text)| text)
}

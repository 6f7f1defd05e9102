//! The settings of the mail server.

use std::net::IpAddr;

use crate::env::{Reader, SecretText};

/// The most connections, if the settings do not say otherwise.
const MAX_CONNECTIONS: usize = 4;

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// `starttls`: it begins in plain text, and nothing is sent before TLS has begun (RFC 3207). The usual way on port 587.
    StartTls,
    /// `implicit`: TLS from the first byte (RFC 8314). The usual way on port 465.
    Implicit,
    /// `none`: not at all, which is allowed for servers on this machine only.
    None,
}

/// The settings of the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// `SMTP_HOST`: the name that the server's certificate must have
    pub host: String,
    /// `SMTP_PORT`: 587 by default, 465 with implicit TLS, 25 without TLS
    pub port: u16,
    /// `SMTP_TLS`
    pub tls: SmtpTls,
    /// `SMTP_USERNAME`; no authentication if `None`
    pub username: Option<String>,
    /// `SMTP_PASSWORD`
    pub password: Option<SecretText>,
    /// `SMTP_CA_FILE`: certificates in PEM form that may sign the server's, instead of those that the system knows
    pub ca_file: Option<String>,
    /// `SMTP_MAX_CONNECTIONS`: the most connections at the same time; 4 by default
    pub max_connections: usize,
}

impl SmtpSettings {
    /// A server with TLS on port 587, without authentication.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: 587,
            tls: SmtpTls::StartTls,
            username: None,
            password: None,
            ca_file: None,
            max_connections: MAX_CONNECTIONS,
        }
    }

    /// Whether these settings send passwords and mails readable to another machine.
    pub(super) fn is_readable(&self) -> bool {
        self.tls == SmtpTls::None && !is_loopback(&self.host)
    }

    /// Reads the settings of the mail server. `region` is the region of Amazon SES, whose server is the default then.
    pub(in crate::mail) fn from_env(reader: &mut Reader<'_>, region: Option<&str>) -> Self {
        let of_region = region.map(|region| format!("email-smtp.{region}.amazonaws.com"));
        let host = reader.text("SMTP_HOST").or(of_region).unwrap_or_else(|| {
            reader.problem("SMTP_HOST is missing; EMAIL_PROVIDER=smtp needs the name of the mail server");
            String::new()
        });
        let port = reader.positive::<u16>("SMTP_PORT");
        let tls = match reader.text("SMTP_TLS").as_deref() {
            None if is_loopback(&host) => SmtpTls::None,
            None if port == Some(465) => SmtpTls::Implicit,
            None | Some("starttls") => SmtpTls::StartTls,
            Some("implicit") => SmtpTls::Implicit,
            Some("none") if is_loopback(&host) => SmtpTls::None,
            Some("none") => {
                reader.problem(format!(
                    "SMTP_TLS is none, but {host} is another machine: passwords and mails would be readable on the way. \
                     Set it to starttls or implicit"
                ));
                SmtpTls::StartTls
            }
            Some(other) => {
                let other = other.to_owned();
                reader.problem(format!("SMTP_TLS is `{other}`; it can be starttls, implicit or none"));
                SmtpTls::StartTls
            }
        };
        let username = reader.text("SMTP_USERNAME");
        let password = reader.secret("SMTP_PASSWORD").map(SecretText);
        if username.is_some() != password.is_some() {
            reader.problem("SMTP_USERNAME and SMTP_PASSWORD go together; set both, or none of them");
        }
        Self {
            host,
            port: port.unwrap_or(match tls {
                SmtpTls::StartTls => 587,
                SmtpTls::Implicit => 465,
                SmtpTls::None => 25,
            }),
            tls,
            username,
            password,
            ca_file: reader.text("SMTP_CA_FILE"),
            max_connections: reader
                .positive::<u32>("SMTP_MAX_CONNECTIONS")
                .map_or(MAX_CONNECTIONS, |count| usize::try_from(count).unwrap_or(usize::MAX)),
        }
    }
}

/// Whether this is the name of this machine, so that nothing leaves it.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

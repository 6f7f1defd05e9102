//! Mail: what is refused before anything is sent, what arrives at a mail server, and which failures are final.

mod arrives;
mod faults;
mod page;
mod providers;
mod refused;
mod ses;
mod templates;
mod tls;

use resourceful::mail::{Email, EmailProvider, EmailSettings, Mailer, SmtpSettings, SmtpTls};

use crate::smtp_sink::SmtpSink;

/// Runs a future to its end.
fn run<F: Future>(future: F) -> F::Output {
    resourceful::actix_web::rt::System::new().block_on(future)
}

/// Settings for this sink, without TLS.
fn settings(sink: &SmtpSink) -> SmtpSettings {
    let mut settings = SmtpSettings::new("127.0.0.1");
    settings.port = sink.port();
    settings.tls = SmtpTls::None;
    settings
}

/// A mailer for this server.
fn mailer_of(settings: SmtpSettings) -> Mailer {
    mailer_with(EmailSettings { provider: EmailProvider::Smtp(settings), ..mail_settings() })
}

fn mail_settings() -> EmailSettings {
    EmailSettings { from: Some("shop@example.com".into()), keeps_sent: true, ..EmailSettings::default() }
}

fn mailer_with(settings: EmailSettings) -> Mailer {
    Mailer::from_settings(&settings).expect("a mailer")
}

fn mailer(sink: &SmtpSink) -> Mailer {
    mailer_of(settings(sink))
}

/// A valid mail.
fn hello(to: &str) -> Email {
    Email::to(to).subject("Hello").text("Hello there.\n")
}

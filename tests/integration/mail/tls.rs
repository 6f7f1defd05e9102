//! Encryption and authentication at the mail server.

use std::time::Duration;

use resourceful::mail::{EmailProvider, EmailSettings, SmtpSettings, SmtpTls};

use super::{hello, mail_settings, mailer_of, mailer_with, run};
use crate::smtp_sink::{Act, Encryption, SmtpSink, Step};

/// A file with this content, which is removed with the folder.
fn file(folder: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    path.display().to_string()
}

fn secure(sink: &SmtpSink, tls: SmtpTls, ca_file: Option<String>) -> SmtpSettings {
    let mut settings = SmtpSettings::new("localhost");
    settings.port = sink.port();
    settings.tls = tls;
    settings.ca_file = ca_file;
    settings
}

fn login(settings: SmtpSettings, password: &str) -> SmtpSettings {
    SmtpSettings {
        username: Some("shop".to_owned()),
        password: Some(resourceful::SecretText(password.to_owned())),
        ..settings
    }
}

#[test]
fn mails_are_encrypted_and_the_client_authenticates() {
    let folder = tempfile::tempdir().expect("a folder");
    run(async {
        for (encryption, tls) in [(Encryption::StartTls, SmtpTls::StartTls), (Encryption::Implicit, SmtpTls::Implicit)]
        {
            for mechanisms in ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN"] {
                let sink = SmtpSink::start_with(encryption, Some((mechanisms, "shop", "pass wörd\u{1F511}")));
                let ca = file(&folder, "ca.pem", sink.certificate());
                let mailer = mailer_of(login(secure(&sink, tls, Some(ca)), "pass wörd\u{1F511}"));
                mailer.send_now(&hello("ann@example.org")).await.expect("sent");
                let mails = sink.mails();
                assert!(mails[0].was_encrypted, "{encryption:?}");
                assert_eq!(mails[0].login.as_deref(), Some("shop"), "{encryption:?} {mechanisms}");
            }
        }
    });
}

#[test]
fn nothing_is_sent_without_the_encryption_that_is_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let auth = Some(("PLAIN", "shop", "secret"));
    let other = SmtpSink::start_with(Encryption::StartTls, None);
    let other = file(&folder, "other.pem", other.certificate());
    run(async {
        // What the server does, what the settings say, the certificates, what the error says
        let table = [
            (Encryption::None, SmtpTls::StartTls, None, "does not offer encryption"),
            (Encryption::StartTls, SmtpTls::StartTls, None, "certificate"),
            (Encryption::StartTls, SmtpTls::StartTls, Some(&other), "certificate"),
            (Encryption::Implicit, SmtpTls::Implicit, None, "certificate"),
            (Encryption::Implicit, SmtpTls::Implicit, Some(&other), "certificate"),
        ];
        for (encryption, tls, ca, text) in table {
            let what = format!("{encryption:?} {tls:?} {ca:?}");
            let sink = SmtpSink::start_with(encryption, auth);
            let mailer = mailer_of(login(secure(&sink, tls, ca.cloned()), "secret"));
            let error = mailer.send_now(&hello("ann@example.org")).await.expect_err(&what);
            assert!(!error.is_permanent() && error.reason().contains(text), "{what}: {error}");
            assert!(sink.mails().is_empty(), "{what}");
            let lines = sink.lines();
            assert!(!lines.iter().any(|line| line.starts_with("MAIL")), "{what}: {lines:?}");
        }

        // A certificate for another name than the one that was asked for
        let sink = SmtpSink::start_with(Encryption::Implicit, None);
        let ca = file(&folder, "ca.pem", sink.certificate());
        let mut settings = secure(&sink, SmtpTls::Implicit, Some(ca));
        settings.host = "127.0.0.2".to_owned();
        let error = mailer_of(settings).send_now(&hello("ann@example.org")).await.expect_err("another name");
        assert!(!error.is_permanent(), "{error}");
        assert!(sink.mails().is_empty());
    });
}

/// What breaks before the first mail says nothing about mails.
#[test]
fn a_server_that_breaks_off_before_the_mail_is_unavailable() {
    use Step::{Auth, Handshake, Reset, StartTls};
    let folder = tempfile::tempdir().expect("a folder");
    run(async {
        for step in [StartTls, Handshake, Auth] {
            for act in [Act::Stall, Act::Drop, Act::Say("454 4.7.0 not now")] {
                let what = format!("{step:?} {act:?}");
                let sink = SmtpSink::start_with(Encryption::StartTls, Some(("PLAIN", "shop", "secret")));
                let ca = file(&folder, "ca.pem", sink.certificate());
                let settings = login(secure(&sink, SmtpTls::StartTls, Some(ca)), "secret");
                let mailer = mailer_with(EmailSettings {
                    provider: EmailProvider::Smtp(settings),
                    timeout: Duration::from_millis(700),
                    ..mail_settings()
                });
                sink.on(step, "", act, usize::MAX);
                let mail = hello("ann@example.org");
                let error = mailer.send_now(&mail).await.expect_err(&what);
                assert!(error.is_unavailable() && !error.is_permanent() && sink.mails().is_empty(), "{what}: {error}");
                sink.behave();
                let sent = mailer.send_now(&mail).await;
                assert!(sent.is_ok(), "{what}: {sent:?}");
            }
        }
        for act in [Act::Stall, Act::Drop] {
            let sink = SmtpSink::start();
            let mut settings = secure(&sink, SmtpTls::None, None);
            settings.host = "127.0.0.1".to_owned();
            let mailer = mailer_with(EmailSettings {
                provider: EmailProvider::Smtp(settings),
                timeout: Duration::from_millis(700),
                ..mail_settings()
            });
            // The server refuses the only recipient, and then breaks off at RSET, which is about the next mail.
            sink.on(Step::Rcpt, "", Act::Say("550 5.1.1 no such user"), 1);
            sink.on(Reset, "", act.clone(), 1);
            let error = mailer.send_now(&hello("gone@example.org")).await.expect_err("refused");
            assert_eq!(error.is_permanent(), matches!(act, Act::Drop), "{act:?}: {error}");
            mailer.send_now(&hello("ann@example.org")).await.expect("the next mail");
        }
    });
}

#[test]
fn no_other_machine_gets_mails_without_encryption() {
    let mut settings = SmtpSettings::new("mail.example.org");
    settings.tls = SmtpTls::None;
    let Err(error) = resourceful::mail::Smtp::new(&settings) else { panic!("it was accepted") };
    assert!(error.message().contains("mail.example.org is another machine"), "{error}");
    let mut settings = resourceful::mail::SesSettings::new("eu-west-1");
    settings.endpoint = "http://mail.example.org".to_owned();
    let Err(error) = resourceful::mail::Ses::new(&settings) else { panic!("it was accepted") };
    assert!(error.message().contains("must be an https URL"), "{error}");
}

#[test]
fn a_wrong_password_is_temporary_and_not_in_the_reason() {
    let sink = SmtpSink::start_with(Encryption::None, Some(("PLAIN LOGIN", "shop", "right")));
    let mut settings = login(secure(&sink, SmtpTls::None, None), "wrong-canary");
    settings.host = "127.0.0.1".to_owned();
    assert!(!format!("{settings:?}").contains("canary"));
    let error = run(mailer_of(settings).send_now(&hello("ann@example.org"))).expect_err("a wrong password");
    assert!(!error.is_permanent() && error.reason().contains("SMTP_PASSWORD"), "{error}");
    assert!(!error.reason().contains("canary") && error.is_unavailable(), "{error}");
    assert!(sink.mails().is_empty());
}

/// Somebody on the way sends answers in plain text before the encryption begins. They must not be read as the answers to
/// what follows: a mail would count as accepted that nobody took.
#[test]
fn answers_from_before_the_encryption_do_not_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let injected = [
        "220 go\r\n250-sink.test\r\n250 AUTH PLAIN\r\n",
        "220 go\r\n250 ok\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n",
        "220 go\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n250 ok\r\n250 ok\r\n",
    ];
    run(async {
        for answers in injected {
            for password in [None, Some("secret")] {
                let auth = password.map(|password| ("PLAIN", "shop", password));
                let sink = SmtpSink::start_with(Encryption::StartTls, auth);
                let ca = file(&folder, "ca.pem", sink.certificate());
                let mut settings = secure(&sink, SmtpTls::StartTls, Some(ca));
                if let Some(password) = password {
                    settings = login(settings, password);
                }
                sink.on(Step::StartTls, "", Act::Raw(answers), 1);
                let sent = mailer_of(settings).send_now(&hello("ann@example.org")).await;
                let error = sent.expect_err("the conversation cannot be trusted");
                assert!(!error.is_permanent() && sink.mails().is_empty(), "{answers:?} {password:?}: {error}");
            }
        }
    });
}

#[test]
fn a_file_of_certificates_is_read_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let sink = SmtpSink::start();
    for (content, text) in [(None, "cannot be used"), (Some("not a certificate"), "no certificate")] {
        let path = match content {
            Some(content) => file(&folder, "ca.pem", content),
            None => folder.path().join("missing.pem").display().to_string(),
        };
        let settings = secure(&sink, SmtpTls::StartTls, Some(path));
        let Err(error) = resourceful::mail::Smtp::new(&settings) else { panic!("{content:?} was accepted") };
        assert!(error.message().contains(text) && error.message().contains("SMTP_CA_FILE"), "{error}");
    }
}

//! The providers log, file and an application's own, and the settings that choose one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use resourceful::Settings;
use resourceful::mail::{
    Email, EmailProvider, EmailSettings, Folder, Mailer, Prepared, Provider, Refused, SendError, Templates,
};
use resourceful::testing::{TestApp, TestDatabase};

use super::{hello, mail_settings, mailer_with, run};

#[test]
fn each_mail_is_a_complete_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/mails");
    let provider = EmailProvider::File(path.display().to_string());
    let mailer = mailer_with(EmailSettings { provider, ..mail_settings() });
    let mail = hello("ann@example.org").bcc("bob@example.org").message_id("order-17");
    run(async {
        mailer.send_now(&mail).await.expect("written");
        mailer.send_now(&mail).await.expect("written again");
        mailer.send_now(&hello("ann@example.org")).await.expect("written");
    });
    let mut names: Vec<_> = std::fs::read_dir(&path)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!((names.len(), names[1].as_str()), (2, "order-17@example.com.eml"), "{names:?}");
    let text = std::fs::read_to_string(path.join("order-17@example.com.eml")).expect("a file");
    let begin =
        "X-Envelope-From: shop@example.com\r\nX-Envelope-To: ann@example.org\r\nX-Envelope-To: bob@example.org\r\n";
    assert!(text.starts_with(begin) && text.ends_with("Hello there.\r\n"), "{text}");

    // File systems take names of 255 bytes.
    let long = format!("{}@{}.example", "a".repeat(200), "b".repeat(100));
    run(mailer.send_now(&hello("ann@example.org").message_id(long))).expect("written");
    assert_eq!(std::fs::read_dir(&path).expect("the folder").count(), 3);

    // A folder that cannot be written to
    std::fs::write(folder.path().join("file"), "x").expect("a file");
    let provider = EmailProvider::File(folder.path().join("file").display().to_string());
    let error = run(mailer_with(EmailSettings { provider, ..mail_settings() }).send_now(&mail)).expect_err("no folder");
    assert!(!error.is_permanent(), "{error}");
}

/// Refuses, stalls or accepts, as the subject says.
#[derive(Default)]
struct Own(AtomicUsize);

impl Provider for Own {
    fn name(&self) -> &str {
        "own"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match mail.email().subject_line() {
            "stall" => std::future::pending().await,
            "never" => Err(SendError::permanent("never")),
            "refuse" => {
                let refused =
                    |address: &String| Refused { address: address.clone(), reason: "no".into(), is_permanent: true };
                Ok(mail.recipients().iter().map(refused).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

#[test]
fn a_provider_of_ones_own_gets_checked_mails_and_limited_time() {
    let app = TestApp::start_with(
        TestDatabase::Sqlite,
        &[("EMAIL_TIMEOUT", "1"), ("EMAIL_FROM", "Shop <s@example.org>")],
        |app| app.mailer(Own::default()),
    );
    let mailer = app.ctx().mailer();
    assert_eq!(mailer.provider(), "own");
    app.block_on(async {
        let sent = mailer.send_now(&hello("ann@example.org").message_id("x")).await.expect("accepted");
        assert_eq!(sent.message_id(), "x@example.org");
        let begun = std::time::Instant::now();
        let error = mailer.send_now(&hello("ann@example.org").subject("stall")).await.expect_err("too slow");
        assert!(!error.is_permanent() && error.reason().contains("within 1 s"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20));
        for subject in ["never", "refuse"] {
            let error = mailer.send_now(&hello("ann@example.org").subject(subject)).await.expect_err(subject);
            assert!(error.is_permanent(), "{error}");
        }
        assert!(mailer.send_now(&Email::to("x")).await.expect_err("invalid").invalid().is_some());
    });
    let kept = mailer.sent();
    assert_eq!(kept.iter().map(|mail| mail.number).collect::<Vec<_>>(), [4, 3, 2, 1], "the invalid one is not kept");
    assert_eq!(kept[3].outcome, Ok(Vec::new()));
    mailer.forget_sent();
    assert!(mailer.sent().is_empty());
}

/// What is kept is bounded, by number and by bytes.
#[test]
fn a_process_keeps_the_last_mails_only() {
    let mailer = Mailer::new(Own::default(), &mail_settings(), Templates::default());
    run(async {
        for number in 0..230 {
            mailer.send_now(&hello("ann@example.org").subject(format!("{number}"))).await.expect("accepted");
        }
        assert_eq!((mailer.sent().len(), mailer.sent()[0].number), (200, 230));
        for _ in 0..6 {
            let large = resourceful::mail::Attachment::new("a.bin", "application/octet-stream", vec![0; 2 << 20]);
            mailer.send_now(&hello("ann@example.org").attach(large)).await.expect("accepted");
        }
    });
    let kept = mailer.sent();
    let bytes: usize = kept.iter().map(|mail| mail.source().len()).sum();
    assert!(kept.len() < 10 && bytes <= 16 << 20, "{} mails, {bytes} bytes", kept.len());
    let production = EmailSettings { keeps_sent: false, ..mail_settings() };
    let mailer = Mailer::new(Own::default(), &production, Templates::default());
    run(mailer.send_now(&hello("ann@example.org"))).expect("accepted");
    assert!(mailer.sent().is_empty());
}

fn read(set: &[(&str, &str)]) -> Result<EmailSettings, String> {
    let lookup = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Settings::from_lookup(lookup).map(|settings| settings.email).map_err(|error| error.message().to_owned())
}

/// The settings that production needs besides those of mail.
const PRODUCTION: [(&str, &str); 5] = [
    ("ENVIRONMENT", "production"),
    ("DATABASE_URL", "sqlite://x.db"),
    ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ("AUTH0_DOMAIN", "tenant.eu.auth0.com"),
    ("AUTH0_AUDIENCE", "https://api.example.com"),
];

#[test]
fn settings_are_checked_together() {
    let smtp = ("EMAIL_PROVIDER", "smtp");
    let ses = ("EMAIL_PROVIDER", "ses");
    let from = ("EMAIL_FROM", "Shop <shop@example.com>");
    let production = PRODUCTION[0];
    // The settings, and what the message says
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("EMAIL_PROVIDER", "pigeon")], "EMAIL_PROVIDER is `pigeon`; it can be log, file, smtp or ses"),
        (&[smtp], "SMTP_HOST is missing"),
        (&[smtp, ("SMTP_HOST", "mail.example.com"), ("SMTP_TLS", "none")], "is another machine"),
        (&[smtp, ("SMTP_HOST", "10.0.0.1"), ("SMTP_TLS", "none")], "is another machine"),
        (&[smtp, ("SMTP_HOST", "mail.example.com"), ("SMTP_TLS", "ssl")], "it can be starttls, implicit or none"),
        (
            &[smtp, ("SMTP_HOST", "mail.example.com"), ("SMTP_USERNAME", "x")],
            "SMTP_USERNAME and SMTP_PASSWORD go together",
        ),
        (&[smtp, ("SMTP_HOST", "mail.example.com"), ("SMTP_MAX_CONNECTIONS", "0")], "SMTP_MAX_CONNECTIONS is 0"),
        (&[smtp, ("SES_REGION", "eu-west-1/x")], "SES_REGION is `eu-west-1/x`"),
        (&[ses], "SES_REGION is missing"),
        (&[ses, ("SES_REGION", "eu-west-1"), ("SES_ENDPOINT", "http://ses.example.com")], "SES_ENDPOINT is"),
        (&[ses, ("SES_REGION", "eu-west-1"), ("SES_ENDPOINT", "https://ses.example.com/x")], "SES_ENDPOINT is"),
        (&[ses, ("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "x")], "AWS_SECRET_ACCESS_KEY belong together"),
        (&[("EMAIL_FROM", "x\r\nBcc: y@z.ch")], "EMAIL_FROM cannot be used"),
        (&[("EMAIL_FROM", "Shop")], "EMAIL_FROM cannot be used"),
        (&[("EMAIL_TIMEOUT", "0")], "EMAIL_TIMEOUT is 0"),
        (&[("EMAIL_APP_URL", "javascript:alert(1)")], "EMAIL_APP_URL is `javascript:alert(1)`"),
        (&[production, smtp, ("SMTP_HOST", "mail.example.com")], "EMAIL_FROM is missing"),
        (&[production, ses, ("SES_REGION", "eu-west-1")], "EMAIL_FROM is missing"),
    ];
    for (set, text) in table {
        let problem = read(set).expect_err(text);
        assert!(problem.contains(text), "{set:?}: {problem}");
    }
    let of = |set: &[(&str, &str)]| match read(set).expect("valid settings").provider {
        EmailProvider::Smtp(smtp) => format!("{} {} {:?}", smtp.host, smtp.port, smtp.tls),
        EmailProvider::Ses(ses) => format!("{} {} {}", ses.region, ses.endpoint, ses.credentials.len()),
        other => format!("{other:?}"),
    };
    let host = ("SMTP_HOST", "mail.example.com");
    assert_eq!(of(&[smtp, host, from]), "mail.example.com 587 StartTls");
    assert_eq!(of(&[smtp, host, ("SMTP_PORT", "465")]), "mail.example.com 465 Implicit");
    assert_eq!(of(&[smtp, host, ("SMTP_TLS", "implicit")]), "mail.example.com 465 Implicit");
    assert_eq!(of(&[smtp, ("SMTP_HOST", "localhost"), ("SMTP_PORT", "1025")]), "localhost 1025 None");
    assert_eq!(of(&[smtp, ("SMTP_HOST", "127.0.0.1"), ("SMTP_TLS", "starttls")]), "127.0.0.1 587 StartTls");
    assert_eq!(of(&[smtp, ("SES_REGION", "eu-west-1")]), "email-smtp.eu-west-1.amazonaws.com 587 StartTls");
    let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")];
    assert_eq!(
        of(&[ses, ("AWS_REGION", "eu-west-1"), keys[0], keys[1]]),
        "eu-west-1 https://email.eu-west-1.amazonaws.com 2"
    );
    assert_eq!(of(&[]), "Log { shows_text: true }");
    assert_eq!(of(&PRODUCTION), "Missing");
    assert_eq!(of(&[PRODUCTION.as_slice(), &[("EMAIL_PROVIDER", "log")]].concat()), "Log { shows_text: false }");
    let secret = [ses, ("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "canary")];
    assert!(!format!("{:?}", read(&secret)).contains("canary"));
}

/// Without a provider no mail is lost in production: it fails in a way that an outbox repeats.
#[test]
fn production_without_a_provider_takes_no_mail() {
    let settings = read(&PRODUCTION).expect("valid settings");
    let error = run(mailer_with(settings).send_now(&hello("ann@example.org"))).expect_err("no provider");
    assert!(!error.is_permanent() && error.reason().contains("EMAIL_PROVIDER is not set"), "{error}");
}

/// Mails of `noreply@localhost` arrive nowhere.
#[test]
fn production_needs_a_sender_for_a_provider_of_ones_own() {
    let settings: Vec<_> = PRODUCTION.into_iter().filter(|(name, _)| *name != "DATABASE_URL").collect();
    let app = std::panic::catch_unwind(|| {
        TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app.mailer(Own::default()))
    });
    let panic = app.err().and_then(|panic| panic.downcast::<String>().ok()).expect("no start");
    assert!(panic.contains("EMAIL_FROM is missing"), "{panic}");
    let with_sender = [settings.as_slice(), &[("EMAIL_FROM", "Shop <shop@example.com>")]].concat();
    let app = TestApp::start_with(TestDatabase::Sqlite, &with_sender, |app| app.mailer(Own::default()));
    assert_eq!(app.ctx().mailer().default_sender().address(), "shop@example.com");
    // The page of mails is for development.
    for path in ["/mail", "/mail/templates/welcome", "/mail/sent/1"] {
        assert_eq!(app.anonymous().get(path).status, 404, "{path}");
    }
}

#[test]
fn a_folder_takes_what_a_program_sends_without_an_application() {
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = Mailer::new(Folder::new(folder.path()), &EmailSettings::default(), Templates::default());
    let mail = mailer.templates().verification("ann@example.org", "482913").expect("a template");
    run(mailer.send_now(&mail)).expect("written");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1);
}

//! Mail through the outbox to a real mail server that is down, silent, or busy.

use std::time::{Duration, Instant};

use resourceful::mail::{Attachment, Email};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use super::letters::Chore;
use super::{BOTH, execute, rows, states, text, until};
use crate::smtp_sink::{Act, SmtpSink, Step};
use crate::support::created;

fn start(database: TestDatabase, sink: &SmtpSink) -> TestApp {
    start_with(database, sink, &[])
}

fn start_with(database: TestDatabase, sink: &SmtpSink, changed: &[(&str, &str)]) -> TestApp {
    let port = sink.port().to_string();
    let settings = [
        ("EMAIL_PROVIDER", "smtp"),
        ("EMAIL_FROM", "shop@example.org"),
        ("EMAIL_TIMEOUT", "1"),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", &port),
        ("SMTP_TLS", "none"),
        ("OUTBOX_INTERVAL", "0.05"),
        ("OUTBOX_RETRY", "0.1"),
        ("OUTBOX_TIMEOUT", "5"),
    ];
    let kept = settings.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    let settings: Vec<_> = kept.chain(changed.iter().copied()).collect();
    TestApp::start_with(database, &settings, |app| app.mail().resource::<Chore>())
}

/// How long the requests of ten chores take, in the middle.
fn usual_time(app: &TestApp, name: &str) -> Duration {
    let mut times: Vec<Duration> = (0..11)
        .map(|number| {
            let begun = Instant::now();
            let body = json!({"title": format!("{name} {number}"), "assignee": format!("{name}{number}@example.org")});
            created(app.anonymous().post("/api/v1/chores", body));
            begun.elapsed()
        })
        .collect();
    times.sort();
    times[5]
}

#[test]
fn a_mail_server_that_is_away_delays_no_request_and_gets_each_mail_once() {
    for database in BOTH {
        let sink = SmtpSink::start();
        let app = start(database, &sink);
        let up = usual_time(&app, "up");
        assert_eq!(sink.wait_for(11).len(), 11);
        sink.forget();
        for (name, step, act) in [
            ("silent", Step::Mail, Act::Stall),
            ("busy", Step::Mail, Act::Say("421 4.3.2 too busy")),
            ("closing", Step::Mail, Act::Drop),
            ("later", Step::Rcpt, Act::Say("450 4.2.0 greylisted")),
        ] {
            sink.on(step, "", act, usize::MAX);
            let down = usual_time(&app, name);
            println!(
                "{database:?}: a request takes {up:?} while the mail server answers, and {down:?} while it is {name}"
            );
            // The limit of the mail server's answer is a second.
            assert!(down < Duration::from_millis(900), "requests wait for the mail server: {down:?}");
            until("an attempt fails", || rows(&app).iter().any(|row| !row["last_error"].is_empty()));
            assert!(sink.mails().is_empty(), "{name}");
            sink.behave();
            until("all are sent", || states(&app).iter().all(|state| state == "sent"));
            let mut recipients: Vec<String> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
            recipients.sort();
            let mut expected: Vec<String> = (0..11).map(|number| format!("{name}{number}@example.org")).collect();
            expected.sort();
            assert_eq!(recipients, expected, "{database:?}: each once");
            sink.forget();
        }
    }
}

#[test]
fn a_mail_whose_acceptance_was_not_heard_is_sent_again_with_the_same_id() {
    for database in BOTH {
        let sink = SmtpSink::start();
        let app = start(database, &sink);
        // The server has the mail, and its answer is lost.
        sink.on(Step::End, "", Act::Drop, 1);
        app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
        until("it is sent", || states(&app) == ["sent"]);
        let ids: Vec<String> = sink
            .mails()
            .iter()
            .map(|mail| mail.text().lines().find(|line| line.starts_with("Message-ID: ")).expect("an id").to_owned())
            .collect();
        assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    }
}

/// RFC 5321 section 4.5.3.2.6: a server may take minutes for a mail that it has. Nobody gets it twice for that.
#[test]
fn a_server_that_takes_long_for_a_mail_gets_it_once() {
    for database in BOTH {
        let sink = SmtpSink::start();
        // Longer than the time for the conversation, and than the lease.
        let app = start_with(database, &sink, &[("EMAIL_TIMEOUT", "1"), ("OUTBOX_TIMEOUT", "1")]);
        sink.on(Step::End, "", Act::After(Duration::from_secs(5)), usize::MAX);
        app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
        until("it is sent", || states(&app) == ["sent"]);
        assert_eq!((sink.mails().len(), &*rows(&app)[0]["attempts"]), (1, "1"), "{database:?}");
    }
}

/// Each attempt can be one more mail for the recipient.
#[test]
fn a_server_that_never_says_what_it_did_gets_a_mail_a_few_times() {
    let past = "UPDATE resourceful_outbox SET due_at = '2000-01-01T00:00:00.000Z' WHERE lease IS NULL";
    for database in BOTH {
        for act in [Act::Drop, Act::Stall] {
            let sink = SmtpSink::start();
            let app = start_with(database, &sink, &[("EMAIL_CONFIRM_TIMEOUT", "1")]);
            sink.on(Step::End, "", act.clone(), usize::MAX);
            app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
            if matches!(act, Act::Stall) {
                // Who needed too long has an hour; nothing happens before.
                for attempt in 1..5 {
                    until("an attempt ends", || {
                        let row = &rows(&app)[0];
                        row["attempts"] == attempt.to_string() && row["lease"].is_empty()
                    });
                    std::thread::sleep(Duration::from_millis(400));
                    assert_eq!(sink.mails().len(), attempt, "{database:?}");
                    execute(&app, past);
                }
            }
            until("it is given up", || states(&app) == ["failed"]);
            assert_eq!(sink.mails().len(), 5, "{database:?} {act:?}");
            assert!(rows(&app)[0]["last_error"].contains("it may have arrived"), "{:?}", rows(&app)[0]);
        }
    }
}

/// All parts of a mail are stored and sent as they were given.
#[test]
fn files_and_images_go_through_the_outbox() {
    let bytes: Vec<u8> = (0..=255).collect();
    for database in BOTH {
        let sink = SmtpSink::start();
        let app = start(database, &sink);
        let mail = Email::to("ann@example.org")
            .subject("Größe")
            .text("Text")
            .html("<img src=\"cid:logo\">")
            .attach(Attachment::new("größe.bin", "application/octet-stream", bytes.clone()))
            .attach(Attachment::inline("logo", "logo.png", "image/png", bytes.clone()));
        app.block_on(app.ctx().mailer().send(mail)).expect("stored");
        until("it is sent", || states(&app) == ["sent"]);
        let data = sink.mails().remove(0).data;
        let read = mail_parser::MessageParser::default().parse(&data).expect("a mail");
        let files: Vec<&[u8]> = read.attachments().map(|part| part.contents()).collect();
        assert_eq!(files, [&*bytes, &*bytes], "{database:?}");
        assert_eq!(read.subject(), Some("Größe"));
    }
}

#[test]
fn one_unknown_recipient_of_several_is_kept_with_the_reason() {
    for database in BOTH {
        let sink = SmtpSink::start();
        let app = start(database, &sink);
        sink.on(Step::Rcpt, "bob@", Act::Say("550 5.1.1 no such user"), usize::MAX);
        let mail = Email::to("ann@example.org").cc("bob@example.org").subject("Hello").text("Hello");
        app.block_on(app.ctx().mailer().send(mail)).expect("stored");
        until("it comes to an end", || states(&app) == ["failed"]);
        let row = rows(&app).remove(0);
        assert!(
            row["last_error"].starts_with("refused: bob@example.org: ") && row["last_error"].contains("no such user")
        );
        let to: Vec<String> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(to, ["ann@example.org"]);
        let stored: resourceful::serde_json::Value = resourceful::serde_json::from_str(&row["payload"]).expect("JSON");
        assert_eq!(stored["email"]["remaining"], json!(["bob@example.org"]));
        assert_eq!(text(&stored["email"], "subject"), "Hello");
    }
}

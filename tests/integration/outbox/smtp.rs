//! Mail through the outbox to a real mail server that is down, silent, or busy.

use std::time::{Duration, Instant};

use resourceful::mail::Email;
use resourceful::serde_json::json;
use resourceful::testing::TestApp;

use super::letters::Chore;
use super::{BOTH, rows, states, text, until};
use crate::smtp_sink::{Act, SmtpSink, Step};
use crate::support::created;

fn start(database: resourceful::testing::TestDatabase, sink: &SmtpSink) -> TestApp {
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

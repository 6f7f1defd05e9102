//! What a failure of the mail server means for a mail: which are final, and who has it.

use std::time::Duration;

use resourceful::mail::{EmailProvider, EmailSettings, Mailer};

use super::{hello, mail_settings, mailer, mailer_of, mailer_with, run, settings};
use crate::smtp_sink::{Act, SmtpSink, Step};

fn hurried(sink: &SmtpSink) -> Mailer {
    let timeout = Duration::from_millis(400);
    mailer_with(EmailSettings { provider: EmailProvider::Smtp(settings(sink)), timeout, ..mail_settings() })
}

/// What happens at each step: whether the failure is final, and how many mails arrived all the same.
#[test]
fn only_an_answer_about_the_mail_itself_is_final() {
    use Step::{Body, Data, Ehlo, End, Greeting, Mail, Rcpt};
    let table: &[(Step, Act, bool, usize)] = &[
        (Greeting, Act::Say("421 4.3.2 too many connections"), false, 0),
        (Greeting, Act::Say("554 5.7.1 your address is listed"), false, 0),
        (Greeting, Act::Stall, false, 0),
        (Greeting, Act::Drop, false, 0),
        (Ehlo, Act::Say("421 4.3.2 shutting down"), false, 0),
        (Ehlo, Act::Say("550 5.7.1 who are you"), false, 0),
        (Ehlo, Act::Stall, false, 0),
        (Ehlo, Act::Drop, false, 0),
        (Mail, Act::Say("421 4.3.2 shutting down"), false, 0),
        (Mail, Act::Say("450 4.7.1 later"), false, 0),
        (Mail, Act::Say("530 5.7.0 authentication required"), false, 0),
        // The operator can allow the sender, or raise the quota, while the mail waits.
        (Mail, Act::Say("550 5.7.1 this sender is not allowed"), false, 0),
        (Mail, Act::Say("554 not verified"), false, 0),
        (Mail, Act::Say("550 5.4.5 daily quota"), false, 0),
        (Mail, Act::Say("552 5.3.4 too large"), true, 0),
        (Mail, Act::Stall, false, 0),
        (Mail, Act::Drop, false, 0),
        (Rcpt, Act::Say("421 4.3.2 shutting down"), false, 0),
        (Rcpt, Act::Say("450 4.2.1 mailbox busy"), false, 0),
        (Rcpt, Act::Say("452 4.5.3 too many recipients"), false, 0),
        (Rcpt, Act::Say("550 5.1.1 no such user"), true, 0),
        (Rcpt, Act::Say("552 too many recipients"), false, 0),
        (Rcpt, Act::Say("554 5.7.1 relay access denied"), false, 0),
        (Rcpt, Act::Stall, false, 0),
        (Rcpt, Act::Drop, false, 0),
        (Data, Act::Say("421 4.3.2 shutting down"), false, 0),
        (Data, Act::Say("451 4.3.0 later"), false, 0),
        (Data, Act::Say("554 5.5.0 no"), true, 0),
        (Data, Act::Say("250 not the answer to this"), false, 0),
        (Data, Act::Stall, false, 0),
        (Data, Act::Drop, false, 0),
        (Body, Act::Stall, false, 0),
        (Body, Act::Drop, false, 0),
        (End, Act::Say("421 4.3.2 shutting down"), false, 0),
        (End, Act::Say("451 4.3.0 no space"), false, 0),
        (End, Act::Say("550 5.7.1 looks like spam"), true, 0),
        (End, Act::Say("554 Message rejected: Email address is not verified."), false, 0),
        // It has the mail, but cannot say so: the mail comes again.
        (End, Act::Stall, false, 1),
        (End, Act::Drop, false, 1),
        (End, Act::Say("250-endless"), false, 1),
        (End, Act::Say("hello"), false, 0),
    ];
    run(async {
        for (step, act, is_permanent, arrived) in table {
            let what = format!("{step:?} {act:?}");
            let sink = SmtpSink::start();
            let mailer = hurried(&sink);
            sink.on(*step, "", act.clone(), usize::MAX);
            let mail = hello("ann@example.org");
            let error = mailer.send_now(&mail).await.expect_err(&what);
            assert_eq!(error.is_permanent(), *is_permanent, "{what}: {error}");
            assert_eq!(sink.mails().len(), *arrived, "{what}: {error}");
            assert!(!error.reason().contains(['\r', '\n']) && error.reason().len() < 700, "{what}: {error}");
            assert!(error.invalid().is_none());
            // What was written may be on its way still: nobody can know that the server has stopped to read.
            if *step != Body {
                let is_unheard = *arrived > 0 || matches!(act, Act::Say("hello"));
                assert_eq!(error.may_have_arrived(), is_unheard, "{what}: {error}");
            }
            assert_eq!(error.is_unavailable(), is_about_the_server(*step, act), "{what}: {error}");
            if let Act::Say(text) = act
                && text.len() > 12
                && !text.starts_with("250")
            {
                assert!(error.reason().contains(&text[5..]), "{what}: {error}");
            }
            // The next attempt works, over a connection that nothing is left on.
            sink.behave();
            let sent = mailer.send_now(&mail).await.expect(&what);
            assert!(sent.refused().is_empty(), "{what}");
            assert_eq!(sink.mails().len(), arrived + 1, "{what}");
        }
    });
}

/// Whether what happens would happen to every mail.
fn is_about_the_server(step: Step, act: &Act) -> bool {
    matches!(step, Step::Greeting | Step::Ehlo) || matches!(act, Act::Say(text) if text.starts_with("530"))
}

/// A line without an end, and an answer of endless lines: neither fills the memory, nor the time.
#[test]
fn a_server_that_sends_without_end_is_left() {
    const MUCH: usize = 64 * 1024 * 1024;
    for piece in ["2".repeat(4096), "220-more\r\n".repeat(400)] {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let flood = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut sent = 0;
            while sent < MUCH && std::io::Write::write_all(&mut stream, piece.as_bytes()).is_ok() {
                sent += piece.len();
            }
            sent
        });
        let sink = SmtpSink::start();
        let mailer = mailer_of(resourceful::mail::SmtpSettings { port, ..settings(&sink) });
        let error = run(mailer.send_now(&hello("ann@example.org"))).expect_err("no answer");
        assert!(!error.is_permanent(), "{error}");
        let sent = flood.join().expect("the flood ends");
        assert!(sent < MUCH, "{sent} bytes were read: {error}");
    }
}

/// A mail to several recipients: the server ends the conversation at one of them.
#[test]
fn a_server_that_leaves_at_one_of_several_recipients_has_the_mail_for_nobody() {
    for act in [Act::Say("421 4.3.2 shutting down"), Act::Drop] {
        let sink = SmtpSink::start();
        let mailer = mailer(&sink);
        sink.on(Step::Rcpt, "bob@", act.clone(), 1);
        let mail = hello("ann@example.org").cc("bob@example.org").cc("eve@example.org");
        run(async {
            let error = mailer.send_now(&mail).await.expect_err("it leaves");
            assert!(!error.is_permanent() && error.refused().is_empty() && !error.may_have_arrived(), "{error}");
            assert!(sink.mails().is_empty());
            assert!(mailer.send_now(&mail).await.expect("the next attempt").refused().is_empty(), "{act:?}");
        });
        assert_eq!(sink.mails()[0].to.len(), 3, "{act:?}");
    }
}

/// The library would stop at the first refusal, and nobody would get the mail.
#[test]
fn one_refused_recipient_does_not_keep_the_others_from_getting_it() {
    let sink = SmtpSink::start();
    let mailer = mailer(&sink);
    sink.on(Step::Rcpt, "gone@", Act::Say("550 5.1.1 no such user"), usize::MAX);
    sink.on(Step::Rcpt, "busy@", Act::Say("450 4.2.1 mailbox busy"), 1);
    let mail = hello("gone@example.org").cc("ann@example.org").cc("busy@example.org").bcc("bob@example.org");
    run(async {
        let sent = mailer.send_now(&mail).await.expect("two have it");
        let refused: Vec<_> = sent.refused().iter().map(|it| (it.address.as_str(), it.is_permanent)).collect();
        assert_eq!(refused, [("gone@example.org", true), ("busy@example.org", false)]);
        assert!(sent.refused()[0].reason.contains("no such user"), "{:?}", sent.refused());
        assert_eq!(sent.remaining(), ["busy@example.org"]);

        // Only who does not have it gets the next attempt, and the mail is the same.
        let sent = mailer.send_now(&mail.clone().remaining(sent.remaining())).await.expect("the last one has it");
        assert!(sent.refused().is_empty() && sent.remaining().is_empty());
        let mails = sink.mails();
        let to: Vec<_> = mails.iter().map(|mail| mail.to.join(" ")).collect();
        assert_eq!(to, ["ann@example.org bob@example.org", "busy@example.org"]);
        let header = |at: usize, name: &str| {
            mails[at].text().split("\r\n").find(|line| line.starts_with(name)).map(str::to_owned).expect("a header")
        };
        for name in ["Message-ID: ", "To: ", "Cc: "] {
            assert_eq!(header(0, name), header(1, name));
        }

        let error = mailer.send_now(&hello("gone@example.org")).await.expect_err("nobody has it");
        assert!(error.is_permanent() && error.remaining() == Some(vec![]), "{error}");
        sink.on(Step::Rcpt, "busy@", Act::Say("450 4.2.1 mailbox busy"), 1);
        let both = mail.clone().remaining(["gone@example.org", "busy@example.org"].map(str::to_owned));
        let error = mailer.send_now(&both).await.expect_err("nobody has it");
        assert!(!error.is_permanent());
        assert_eq!(error.remaining(), Some(vec!["busy@example.org".to_owned()]));
        let error = mailer.send_now(&mail.remaining(["x@example.org".to_owned()])).await.expect_err("no recipient");
        assert!(error.is_permanent() && error.invalid().is_some(), "{error}");
    });
}

/// The library's pool limits what waits, and opens as many connections as there are mails.
#[test]
fn a_burst_opens_no_more_connections_than_allowed() {
    let sink = SmtpSink::start();
    sink.slow_down(Duration::from_millis(5));
    let mailer = mailer_of(resourceful::mail::SmtpSettings { max_connections: 3, ..settings(&sink) });
    run(async {
        let mails: Vec<_> = (0..25).map(|number| hello(&format!("a{number}@example.org"))).collect();
        let sent = futures_util::future::join_all(mails.iter().map(|mail| mailer.send_now(mail))).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    });
    let mut to: Vec<_> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 25, "each once");
    assert_eq!(sink.connections(), (3, 3), "connections are used again");
}

/// A server closes a connection that waits; the mail that finds it closed is sent over another one.
#[test]
fn a_connection_that_was_closed_meanwhile_costs_no_mail() {
    let sink = SmtpSink::start();
    let mailer = mailer(&sink);
    run(async {
        mailer.send_now(&hello("a@example.org")).await.expect("sent");
        sink.on(Step::Mail, "", Act::Drop, 1);
        mailer.send_now(&hello("b@example.org")).await.expect("sent over a second connection");
        sink.on(Step::Mail, "", Act::Say("421 4.4.2 idle for too long"), 1);
        mailer.send_now(&hello("c@example.org")).await.expect("sent over a third connection");
        mailer.send_now(&hello("d@example.org")).await.expect("sent over the third connection");
    });
    assert_eq!((sink.mails().len(), sink.connections().1), (4, 3));
}

#[test]
fn a_server_that_is_not_there_is_a_temporary_failure() {
    let port = {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        free.local_addr().expect("its address").port()
    };
    let sink = SmtpSink::start();
    let mailer = mailer_of(resourceful::mail::SmtpSettings { port, ..settings(&sink) });
    let error = run(mailer.send_now(&hello("a@example.org"))).expect_err("nobody listens");
    assert!(!error.is_permanent() && error.reason().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert_eq!(mailer.sent().len(), 1);
    assert!(mailer.sent()[0].outcome.is_err());
}

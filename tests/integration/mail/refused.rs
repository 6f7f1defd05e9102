//! Mails that are refused before a server hears of them.

use resourceful::JsonShape;
use resourceful::error::Place;
use resourceful::mail::{Attachment, Email, MAX_BYTES, MAX_RECIPIENTS};
use resourceful::prelude::*;
use resourceful::serde::Deserialize;
use resourceful::serde_json::{self, json};
use resourceful::testing::{TestApp, TestDatabase};

use super::{hello, mailer, run};
use crate::smtp_sink::{Act, SmtpSink, Step};
use crate::support::{field_errors, refused};

fn long(count: usize) -> String {
    "x".repeat(count)
}

/// What is refused, with the pointer to the field.
fn invalid() -> Vec<(&'static str, Email, &'static str)> {
    let file = |name: &str, kind: &str| hello("a@b.ch").attach(Attachment::new(name, kind, b"x".as_slice()));
    let inline = |id: &str| Attachment::inline(id, "a.png", "image/png", b"x".as_slice());
    vec![
        ("a header behind the address", hello("a@b.ch\r\nBcc: x@y.ch"), "/to/0"),
        ("a header behind a line feed alone", hello("a@b.ch\nBcc: x@y.ch"), "/to/0"),
        ("a command behind the address", hello("a@b.ch>\r\nRCPT TO:<x@y.ch"), "/to/0"),
        ("a NUL", hello("a@b.ch\0"), "/to/0"),
        ("a name as an address", hello("\"x\" <y@z.ch>"), "/to/0"),
        ("angle brackets", hello("<y@z.ch>"), "/to/0"),
        ("two addresses", hello("a@b.ch, x@y.ch"), "/to/0"),
        ("two addresses without a comma", hello("a@b.ch@y.ch"), "/to/0"),
        ("a group", hello("friends:a@b.ch;"), "/to/0"),
        ("a comment", hello("a(x)@b.ch"), "/to/0"),
        ("a quoted local part", hello("\"a b\"@b.ch"), "/to/0"),
        ("an option of sendmail", hello("-oQ/tmp/x@y.ch"), "/to/0"),
        ("an IP address", hello("a@[127.0.0.1]"), "/to/0"),
        ("an IP address without brackets", hello("a@127.0.0.1"), "/to/0"),
        ("a local name", hello("a@intranet"), "/to/0"),
        ("a route with a percent sign in an international name", hello("a@ü%0d%0a.ch"), "/to/0"),
        ("no domain", hello("a@"), "/to/0"),
        ("no local part", hello("@b.ch"), "/to/0"),
        ("no at sign", hello("ann"), "/to/0"),
        ("nothing", hello(""), "/to/0"),
        ("two dots", hello("a..b@c.ch"), "/to/0"),
        ("an international local part", hello("bücher@b.ch"), "/to/0"),
        ("a long local part", hello(&format!("{}@b.ch", long(65))), "/to/0"),
        ("a long address", hello(&format!("a@{}.ch", [long(60), long(60), long(60), long(80)].join("."))), "/to/0"),
        ("a long label", hello(&format!("a@{}.ch", long(64))), "/to/0"),
        ("a name with a header", Email::to(("x\r\nBcc: y@z.ch", "a@b.ch")).subject("s").text("t"), "/to/0"),
        ("a name with an address", Email::to(("\"x\" <y@z.ch>", "a@b.ch")).subject("s").text("t"), "/to/0"),
        ("a name that turns the direction", Email::to(("a\u{202E}b", "a@b.ch")).subject("s").text("t"), "/to/0"),
        ("a long name", Email::to((long(201), "a@b.ch")).subject("s").text("t"), "/to/0"),
        ("a copy", hello("a@b.ch").cc("c@d.ch").cc("x\r\n@y.ch"), "/cc/1"),
        ("a blind copy", hello("a@b.ch").bcc("x\r\n@y.ch"), "/bcc/0"),
        ("a sender", hello("a@b.ch").from("x@y.ch\r\nX: y"), "/from"),
        ("a reply", hello("a@b.ch").reply_to("x@y.ch\r\nX: y"), "/reply_to/0"),
        ("a subject with a header", hello("a@b.ch").subject("Hi\r\nBcc: x@y.ch"), "/subject"),
        ("a subject with a line feed", hello("a@b.ch").subject("Hi\nthere"), "/subject"),
        ("a subject with a NUL", hello("a@b.ch").subject("Hi\0"), "/subject"),
        ("a subject with a line separator", hello("a@b.ch").subject("Hi\u{2028}there"), "/subject"),
        ("a long subject", hello("a@b.ch").subject(long(256)), "/subject"),
        ("no subject", Email::to("a@b.ch").text("t"), "/subject"),
        ("no text", Email::to("a@b.ch").subject("s"), "/text"),
        ("a text with a NUL", hello("a@b.ch").text("a\0b"), "/text"),
        ("a Message-ID with a header", hello("a@b.ch").message_id("x>\r\nBcc: y@z.ch"), "/message_id"),
        ("a Message-ID with a folder", hello("a@b.ch").message_id("../../x"), "/message_id"),
        ("a Message-ID with two at signs", hello("a@b.ch").message_id("a@b@c"), "/message_id"),
        ("a file name with a header", file("a\r\nX: y.pdf", "application/pdf"), "/attachments/0/name"),
        ("a file name with a folder", file("../a.pdf", "application/pdf"), "/attachments/0/name"),
        ("a file name with a quote", file("a\"; x=\"y.pdf", "application/pdf"), "/attachments/0/name"),
        ("no file name", file("", "application/pdf"), "/attachments/0/name"),
        ("a media type with a header", file("a.pdf", "a/b\r\nX: y"), "/attachments/0/content_type"),
        ("a media type with parameters", file("a.pdf", "a/b; name=x"), "/attachments/0/content_type"),
        ("a mail as a file", file("a.eml", "message/rfc822"), "/attachments/0/content_type"),
        (
            "a content id with a header",
            hello("a@b.ch").html("h").attach(inline("x>\r\nX: y")),
            "/attachments/0/content_id",
        ),
        ("an image without HTML", hello("a@b.ch").attach(inline("logo")), "/attachments/0/content_id"),
        (
            "a content id twice",
            hello("a@b.ch").html("h").attach(inline("logo")).attach(inline("logo")),
            "/attachments/1/content_id",
        ),
        (
            "more than the limit of bytes",
            hello("a@b.ch").attach(Attachment::new("a.bin", "application/octet-stream", vec![0; MAX_BYTES])),
            "/attachments",
        ),
        (
            "10,000 recipients",
            (1..10_000).fold(hello("a@b.ch"), |mail, number| mail.bcc(format!("a{number}@b.ch"))),
            "/to",
        ),
        (
            "one recipient more than the limit",
            (0..MAX_RECIPIENTS).fold(hello("a@b.ch"), |mail, number| mail.cc(format!("a{number}@b.ch"))),
            "/to",
        ),
    ]
}

#[test]
fn nothing_that_is_refused_reaches_a_server() {
    let sink = SmtpSink::start();
    let mailer = mailer(&sink);
    run(async {
        for (what, mail, pointer) in invalid() {
            let invalid = mail.check().expect_err(what);
            let places: Vec<&Place> = invalid.fields().iter().map(|field| &field.place).collect();
            assert_eq!(places, [&Place::Pointer(pointer.to_owned())], "{what}: {invalid}");
            let message = &invalid.fields()[0].message;
            assert!(message.len() > 10 && !message.contains(['\r', '\n', '\0']), "{what}: {message}");

            let error = mailer.send_now(&mail).await.expect_err(what);
            assert!(error.is_permanent() && error.invalid() == Some(&invalid), "{what}: {error}");

            // A stored mail is read again as it was, and refused in the same way.
            let stored = serde_json::to_string(&mail).expect("JSON");
            let stored: Email = serde_json::from_str(&stored).expect("a mail");
            assert_eq!(stored, mail, "{what}");
            let error = Error::from(stored.check().expect_err(what));
            assert_eq!((error.slug(), error.errors().len()), ("invalid-email", 1), "{what}");
        }
    });
    assert_eq!(sink.connections(), (0, 0), "{:?}", sink.lines());
    assert!(mailer.sent().is_empty());
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let mail = Email::to("a").cc("b").subject("x\ny").text("t").attach(Attachment::new("a/b", "x", b"".as_slice()));
    let text = mail.check().expect_err("five mistakes").to_string();
    for field in ["to/0: ", "cc/0: ", "subject: ", "attachments/0/name: ", "attachments/0/content_type: "] {
        assert!(text.contains(field), "{field}: {text}");
    }
}

/// The body of `invite`.
#[derive(Deserialize)]
#[serde(crate = "resourceful::serde")]
struct Invitation {
    email: String,
}

impl JsonShape for Invitation {}

/// Sends a mail to the address in the body.
#[post("/invitations", public)]
async fn invite(ctx: Context, body: Json<Invitation>) -> Result<String> {
    let mail = hello(&body.0.email);
    Ok(ctx.mailer().send_now(&mail).await?.message_id().to_owned())
}

#[test]
fn clients_learn_which_field_is_wrong_and_nothing_about_the_server() {
    let sink = SmtpSink::start();
    let port = sink.port().to_string();
    let settings = [("EMAIL_PROVIDER", "smtp"), ("SMTP_HOST", "127.0.0.1"), ("SMTP_PORT", &port)];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| {
        app.scope("/mail", Requirement::Public, |routes| routes.service(invite))
    });
    let invite = |email: &str| app.anonymous().post("/api/v1/mail/invitations", json!({"email": email}));

    let answer = invite("ann@example.org\r\nBcc: all@example.org");
    refused(&answer, 422, "invalid-email", "an injected header");
    assert_eq!(field_errors(&answer), [("/to/0".to_owned(), "invalid-character".to_owned())]);
    assert_eq!(sink.connections(), (0, 0));

    sink.on(Step::Rcpt, "nobody@", Act::Say("550 5.1.1 no such user; see http://internal.host"), 1);
    let answer = invite("nobody@example.org");
    refused(&answer, 422, "email-refused", "an unknown mailbox");
    assert!(!answer.text().contains("internal"), "{}", answer.text());

    sink.on(Step::Rcpt, "", Act::Say("450 4.2.1 busy"), 1);
    let answer = invite("ann@example.org");
    refused(&answer, 503, "email-unavailable", "a busy server");
    assert_eq!(answer.header("retry-after"), Some("30"));

    assert_eq!(invite("ann@example.org").status, 200);
    let to: Vec<_> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, [["ann@example.org"]]);
    // Tests can look at what was sent without any server.
    assert_eq!(app.ctx().mailer().sent().len(), 3);
}

//! What arrives at a mail server, read by another program than the one that wrote it.

use mail_parser::{MessageParser, MimeHeaders};
use resourceful::mail::{Attachment, Email};

use super::{hello, mailer, run};
use crate::smtp_sink::SmtpSink;

#[test]
fn everything_is_read_back_as_it_was_given() {
    let sink = SmtpSink::start();
    let pdf: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let lines = b"a\nb\r\nc\r\n.\r\nd".to_vec();
    let mail = Email::to(("Ann Lee", "ann@example.org"))
        .and_to("bob@example.org")
        .cc(("Jörg, Ünal", "joerg@example.org"))
        .bcc("secret@example.org")
        .from(("Läden & Co", "shop@example.org"))
        .reply_to("help@example.org")
        .subject("Größe 10 € – 🎉 für dich und für alle anderen, die einen so langen Betreff lesen mögen, bis zu seinem Ende")
        .text("Hallo Ann,\n\nhier ist sie.\n")
        .html("<p>Hallo Ann, <img src=\"cid:logo\"></p>")
        .attach(Attachment::new("Größe 10.pdf", "application/pdf", pdf.clone()))
        .attach(Attachment::new("lines.csv", "text/csv", lines.clone()))
        .attach(Attachment::inline("logo", "logo.png", "image/png", vec![137, 80, 78, 71]));
    run(async { mailer(&sink).send_now(&mail).await }).expect("the sink accepts it");

    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].from, "shop@example.org");
    assert_eq!(mails[0].to, ["ann@example.org", "bob@example.org", "joerg@example.org", "secret@example.org"]);
    assert!(mails[0].data.is_ascii() && !mails[0].text().contains("secret"), "nobody sees a blind copy");
    assert!(mails[0].text().split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));

    let read = MessageParser::default().parse(&mails[0].data).expect("a mail");
    assert_eq!(read.subject(), Some(mail.subject_line()));
    let address = |list: Option<&mail_parser::Address<'_>>| {
        let list = list.and_then(|list| list.as_list().map(<[_]>::to_vec)).unwrap_or_default();
        list.iter()
            .map(|one| (one.name().unwrap_or("").to_owned(), one.address().unwrap_or("").to_owned()))
            .collect::<Vec<_>>()
    };
    let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
    assert_eq!(address(read.from()), [pair("Läden & Co", "shop@example.org")]);
    assert_eq!(address(read.to()), [pair("Ann Lee", "ann@example.org"), pair("", "bob@example.org")]);
    assert_eq!(address(read.cc()), [pair("Jörg, Ünal", "joerg@example.org")]);
    assert_eq!(address(read.reply_to()), [pair("", "help@example.org")]);
    assert!(read.bcc().is_none() && read.date().is_some());
    assert_eq!(read.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(read.body_text(0).as_deref(), Some("Hallo Ann,\r\n\r\nhier ist sie.\r\n"));
    assert_eq!(read.body_html(0).as_deref(), Some("<p>Hallo Ann, <img src=\"cid:logo\"></p>\r\n"));
    let files: Vec<_> =
        read.attachments().map(|part| (part.attachment_name().unwrap_or(""), part.contents())).collect();
    assert!(
        files.contains(&("Größe 10.pdf", pdf.as_slice())),
        "{:?}",
        files.iter().map(|file| file.0).collect::<Vec<_>>()
    );
    assert!(files.contains(&("lines.csv", lines.as_slice())), "a file keeps the ends of its lines");
    let logo = read.parts.iter().find(|part| part.content_id() == Some("logo")).expect("the image");
    assert_eq!(logo.contents(), [137, 80, 78, 71]);
}

/// The library sets no Message-ID by itself.
#[test]
fn every_attempt_has_the_same_message_id() {
    let sink = SmtpSink::start();
    let mailer = mailer(&sink);
    let random = hello("ann@example.org");
    let stored: Email =
        resourceful::serde_json::from_value(resourceful::serde_json::to_value(&random).expect("JSON")).expect("a mail");
    let own = hello("ann@example.org").message_id("order-17");
    let whole = hello("ann@example.org").message_id("order-17@shop.example.org");
    run(async {
        for mail in [&random, &stored, &random, &own, &whole] {
            mailer.send_now(mail).await.expect("sent");
        }
    });
    let ids: Vec<String> = sink
        .mails()
        .iter()
        .map(|mail| MessageParser::default().parse(&mail.data).expect("a mail").message_id().expect("an id").to_owned())
        .collect();
    assert!(ids[0].ends_with("@example.com") && ids[0].len() > 30, "{ids:?}");
    assert_eq!((&ids[0], &ids[0]), (&ids[1], &ids[2]));
    assert_eq!(ids[3..], ["order-17@example.com", "order-17@shop.example.org"]);
    assert_ne!(hello("a@b.ch"), hello("a@b.ch"), "two mails have two ids");
}

/// Texts that try to end the mail and to begin another.
#[test]
fn a_text_is_one_mail_whatever_is_in_it() {
    let sink = SmtpSink::start();
    let mailer = mailer(&sink);
    let next = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nhi\r\n.\r\n";
    let texts = [
        format!("a\r\n.\r\n{next}"),
        format!("a\n.\n{next}"),
        format!("a\r.\r{next}"),
        format!("a\n.\r\n{next}"),
        format!("a\r\n.\n{next}"),
        format!("a\r\n.\r{next}"),
        format!(".\r\n{next}"),
        format!("ä\r\n.\r\n{next}"),
        ".".to_owned(),
        "..\r\n.\r\n..\r\n".to_owned(),
        "x".repeat(10_000),
        "ä".repeat(10_000),
    ];
    run(async {
        for text in &texts {
            mailer.send_now(&hello("ann@example.org").text(text)).await.expect("sent");
        }
    });
    let mails = sink.mails();
    assert_eq!(mails.len(), texts.len());
    for (mail, text) in mails.iter().zip(&texts) {
        assert_eq!(
            (mail.from.as_str(), mail.to.as_slice()),
            ("shop@example.com", ["ann@example.org".to_owned()].as_slice())
        );
        let read = MessageParser::default().parse(&mail.data).expect("a mail");
        let expected = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        // Texts are lines, and the last one ends too.
        let expected = if expected.ends_with("\r\n") { expected } else { format!("{expected}\r\n") };
        assert_eq!(read.body_text(0).as_deref(), Some(expected.as_str()), "{:?}", &text[..text.len().min(40)]);
        assert!(mail.text().split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])));
    }
    assert!(!sink.lines().iter().any(|line| line.contains("evil") || line.contains("victim")), "{:?}", sink.lines());
}

#[test]
fn international_domains_go_out_in_ascii_and_recipients_once() {
    let sink = SmtpSink::start();
    let mail = hello("ann@bücher.example")
        .cc("ann@BÜCHER.example")
        .bcc("ann@xn--bcher-kva.example")
        .cc("o'neil+x@example.org");
    run(async { mailer(&sink).send_now(&mail).await }).expect("sent");
    assert_eq!(sink.mails()[0].to, ["ann@xn--bcher-kva.example", "o'neil+x@example.org"]);
    assert!(sink.mails()[0].data.is_ascii());
}

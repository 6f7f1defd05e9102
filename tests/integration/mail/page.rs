//! The page `/mail`: only in development, and no mail can do anything there.

use resourceful::mail::{Attachment, Email, MailTemplate};
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

const EVIL: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\" onmouseover=\"x";

fn app(environment: &'static str) -> TestApp {
    TestApp::start_with(TestDatabase::Sqlite, &[("ENVIRONMENT", environment)], |app| {
        let sampled = MailTemplate::new("assigned")
            .subject("{{ title }}")
            .text("{{ title }}\n")
            .in_language("de", "Für dich: {{ title }}", "auf Deutsch: {{ title }}\n", None)
            .sample(json!({"title": EVIL}));
        app.mail_template(sampled).mail_template(MailTemplate::new("unsampled").subject("x").text("{{ missing }}"))
    })
}

#[test]
fn only_development_has_it() {
    let app = app("test");
    for path in ["/mail", "/mail/templates/welcome", "/mail/templates/welcome/html", "/mail/sent/1"] {
        assert_eq!(app.anonymous().get(path).status, 404, "{path}");
    }
}

#[test]
fn it_shows_mails_and_templates_and_runs_nothing_of_them() {
    let app = app("development");
    let get = |path: &str| app.anonymous().get(path);
    let empty = get("/mail").text().to_owned();
    assert!(empty.contains("No mail has been sent") && empty.contains("href=\"/mail/templates/welcome\""), "{empty}");

    let mail = Email::to("ann@example.org")
        .bcc("bob@example.org")
        .subject(EVIL)
        .text(EVIL)
        .html(format!("<p>{EVIL}</p><img src=\"cid:logo\"><img src=\"https://tracker.example.org/x.png\">"))
        .attach(Attachment::inline("logo", "logo.png", "image/png", vec![1, 2, 3]))
        .attach(Attachment::new("größe.html", "text/html", EVIL.as_bytes()));
    app.block_on(async { app.ctx().mailer().send_now(&mail).await }).expect("the log takes it");

    // Path, type, what is in it
    let table = [
        ("/mail", "text/html; charset=utf-8", "href=\"/mail/sent/1\""),
        ("/mail/", "text/html; charset=utf-8", "href=\"/mail/sent/1\""),
        ("/mail/sent/1", "text/html; charset=utf-8", "bob@example.org"),
        ("/mail/sent/1?scheme=dark", "text/html; charset=utf-8", "<iframe sandbox class=\"dark\""),
        ("/mail/sent/1/source", "text/plain; charset=utf-8", "To: ann@example.org\r\n"),
        ("/mail/sent/1/files/1", "application/octet-stream", EVIL),
        ("/mail/templates/verification", "text/html; charset=utf-8", "Your API code"),
        ("/mail/templates/verification/html", "text/html; charset=utf-8", "Confirm your e-mail address"),
        ("/mail/templates/assigned", "text/html; charset=utf-8", "?language=de&amp;scheme=light"),
        ("/mail/templates/assigned?language=de", "text/html; charset=utf-8", "auf Deutsch: &lt;script&gt;"),
        ("/mail/templates/assigned?language=%3Cx", "text/html; charset=utf-8", "&lt;script&gt;"),
        ("/mail/templates/unsampled", "text/html; charset=utf-8", "unsampled.sample.json"),
    ];
    for (path, content_type, within) in table {
        let answer = get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{path}");
        assert!(answer.text().contains(within), "{path}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").expect(path);
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{path}: {policy}");
        if !path.ends_with("/html") && content_type.starts_with("text/html") {
            assert!(!answer.text().contains("<script") && !answer.text().contains("<img"), "{path}: {}", answer.text());
            assert!(!answer.text().contains("\" onmouseover"), "{path}");
        }
    }
    let html = get("/mail/sent/1/html");
    let policy = html.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("sandbox; default-src 'none';") && policy.contains("img-src data:;"), "{policy}");
    assert!(html.text().contains("src=\"data:image/png;base64,AQID\""), "{}", html.text());
    let file = get("/mail/sent/1/files/1");
    assert_eq!(file.header("content-disposition"), Some("attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%2Ehtml"));

    // Both colours, whatever the browser prefers
    let dark = get("/mail/templates/verification/html?scheme=dark").text().to_owned();
    let light = get("/mail/templates/verification/html?scheme=light").text().to_owned();
    assert!(dark.contains("@media (min-width:0px)") && light.contains("@media (max-width:0px)"), "{dark}");

    for path in [
        "/mail/sent/2",
        "/mail/sent/0",
        "/mail/sent/x",
        "/mail/sent/99999999999999999999999",
        "/mail/sent/1/files/9",
        "/mail/sent/1/files/x",
        "/mail/templates/none",
        "/mail/templates/none/html",
        "/mail/templates/unsampled/html",
        "/mail/templates/..%2F..%2Fetc%2Fpasswd",
    ] {
        let answer = get(path);
        assert_eq!((answer.status, answer.problem().as_deref()), (404, Some("not-found")), "{path}");
    }
    assert_eq!(app.anonymous().post("/mail", json!({})).status, 405);

    // Another page that leads its own name to this machine
    for (host, status) in [("localhost:8000", 200), ("app.localhost", 200), ("[::1]:8000", 200), ("evil.example", 404)]
    {
        assert_eq!(app.anonymous().send("GET", "/mail", &[("host", host)], None).status, status, "{host}");
    }
}

//! Templates: strict values, escaping, translations, and what is reported at the start.

use std::fs;

use resourceful::mail::{EmailSettings, MailTemplate, Templates};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use super::mail_settings;

fn open(own: &[MailTemplate]) -> Result<Templates, String> {
    Templates::open(&settings(), "Shop", own).map_err(|error| error.message().to_owned())
}

fn settings() -> EmailSettings {
    EmailSettings { app_url: Some("https://shop.example.org".parse().expect("a URL")), ..mail_settings() }
}

fn one(text: &str) -> MailTemplate {
    MailTemplate::new("one").subject("Hello").text(text)
}

#[test]
fn the_default_templates_have_what_they_are_given_in_all_parts() {
    let templates = open(&[]).expect("the defaults are right");
    let evil = "<script>alert(1)</script>\" onclick=\"x";
    let mails = [
        (templates.verification("a@b.ch", "482913"), "Your Shop code", "482913"),
        (
            templates.password_reset("a@b.ch", "t&k=1"),
            "Choose a new password for Shop",
            "https://shop.example.org/reset-password?token=t%26k%3D1",
        ),
        (templates.welcome("a@b.ch", Some("Ann Lee")), "Welcome to Shop", "Ann Lee"),
        (templates.welcome("a@b.ch", None), "Welcome to Shop", "Welcome"),
        (
            templates.notification("a@b.ch", "A task", "Do it.\nNow.", Some(("Open", "https://shop.example.org/1"))),
            "A task",
            "https://shop.example.org/1",
        ),
        (templates.notification("a@b.ch", "A task", "Do it.", None), "A task", "Do it."),
    ];
    for (mail, subject, within) in mails {
        let mail = mail.expect(subject);
        mail.check().expect(subject);
        assert_eq!(mail.subject_line(), subject);
        let (text, html) = (mail.plain_text().expect("a text"), mail.html_text().expect("HTML"));
        assert!(text.contains(within) && html.contains(within), "{subject}: {text}\n{html}");
        assert!(!text.contains('<') && !text.contains("None") && !html.contains("None"), "{text}");
        for needed in
            ["prefers-color-scheme: dark", "name=\"color-scheme\"", "max-width:560px", "<title>", "lang=\"en\""]
        {
            assert!(html.contains(needed), "{subject}: {needed}");
        }
        // What mail programs drop or block
        for avoided in ["<script", "<link", "<form", "position:", "display:flex", "src=\"http"] {
            assert!(!html.contains(avoided), "{subject}: {avoided}");
        }
    }
    for mail in [
        templates.verification("a@b.ch", evil),
        templates.password_reset("a@b.ch", evil),
        templates.welcome("a@b.ch", Some(evil)),
        templates.notification("a@b.ch", evil, evil, Some((evil, evil))),
    ] {
        let html = mail.expect("rendered").html_text().expect("HTML").to_owned();
        assert!(!html.contains("<script") && !html.contains("\" onclick"), "{html}");
    }
    // Without an address of the application the token itself is in the mail.
    let bare = Templates::default().password_reset("a@b.ch", "c29tZQ").expect("rendered");
    assert!(bare.plain_text().expect("a text").contains("c29tZQ"));
    assert!(!bare.html_text().expect("HTML").contains("href"));
}

#[test]
fn line_breaks_in_values_do_not_reach_the_subject() {
    let templates = open(&[]).expect("the defaults are right");
    let mail = templates.notification("a@b.ch", "Hi\r\nBcc: x@y.ch\u{2028}\0there ", "text", None).expect("rendered");
    assert_eq!(mail.subject_line(), "Hi Bcc: x@y.ch there");
    let long = templates.notification("a@b.ch", &"ä".repeat(1000), "text", None).expect("rendered");
    assert!(long.check().is_ok() && long.subject_line().ends_with('…'), "{}", long.subject_line());
}

/// The engine would print the words `None` and `True`, and leave out what is undefined.
#[test]
fn a_value_that_is_missing_or_null_is_an_error() {
    let row = |text: &str, values: Value| {
        let templates = open(&[one(text)]).expect("it can be compiled");
        templates.email("one", "a@b.ch", values).map_err(|error| error.to_string())
    };
    let table = [
        ("Hello\n{{ name }}", json!({}), "`one.txt`, line 2: "),
        ("{{ user.name }}", json!({"user": {}}), "name"),
        ("{{ name }}", json!({"name": null}), "is null"),
        ("{% if name %}{% endif %}", json!({}), "`one.txt`, line 1: "),
        ("{% for x in names %}{% endfor %}", json!({}), "undefined"),
        ("{{ name | upper }}", json!({}), "name"),
    ];
    for (text, values, within) in table {
        let error = row(text, values).expect_err(text);
        assert!(error.contains(within), "{text}: {error}");
    }
    let text = |text: &str, values: Value| row(text, values).expect(text).plain_text().map(str::to_owned);
    assert_eq!(text("{{ a }} {{ b }}", json!({"a": true, "b": false})).as_deref(), Some("true false"));
    assert_eq!(text("{% if a %}{{ a }}{% endif %}x", json!({"a": null})).as_deref(), Some("x"));
    assert_eq!(text("<{{ a }}>", json!({"a": "<&>"})).as_deref(), Some("<<&>>"), "plain text is not escaped");
    assert!(row("x", json!(["a"])).expect_err("a list").contains("must be a struct or a map"));
    let templates = open(&[]).expect("the defaults are right");
    let error = templates.email("welcom", "a@b.ch", json!({})).expect_err("unknown").to_string();
    assert!(error.contains("`welcom`") && error.contains("welcome"), "{error}");
}

#[test]
fn mistakes_are_reported_at_the_start() {
    let table: Vec<(MailTemplate, &str)> = vec![
        (one("a\n{{ name"), "`one.txt`, line 2: "),
        (one("{% if x %}"), "`one.txt`, line 1: "),
        (one("{{ x | shout }}").sample(json!({"x": "x"})), "shout"),
        (one("{% include \"missing.txt\" %}").sample(json!({})), "missing.txt"),
        (one("{{ nme }}").sample(json!({"name": "Ann"})), "nme"),
        (one("x").sample(json!("no map")), "must be a struct or a map"),
        (MailTemplate::new("one").text("x"), "needs the file `one.subject.txt`"),
        (MailTemplate::new("one").subject("x"), "needs the file `one.txt`"),
        (MailTemplate::new("One").subject("x").text("x"), "`One.subject.txt` is not the name of a template file"),
        (MailTemplate::new("../one").subject("x").text("x"), "is not the name of a template file"),
        (one("x").html("<p>x</p>").in_language("de", "x", "x", None), "needs the file `one.de.html`"),
        (one("x").in_language("german", "x", "x", None), "`one.german.subject.txt` is not the name"),
        (one("x").in_language("de", "x", "{{ nme }}", None).sample(json!({"name": "Ann"})), "one.de.txt"),
    ];
    for (template, within) in table {
        let problem = open(std::slice::from_ref(&template)).expect_err(within);
        assert!(
            problem.starts_with("mail templates are wrong:") && problem.contains(within),
            "{template:?}: {problem}"
        );
    }
    let twice = open(&[one("x"), one("y")]).expect_err("registered twice");
    assert!(twice.contains("`one` is registered twice"), "{twice}");
    let both = open(&[one("{{ a"), MailTemplate::new("two").subject("{{ b").text("x")]).expect_err("two mistakes");
    assert!(both.contains("one.txt") && both.contains("two.subject.txt"), "{both}");
}

#[test]
fn languages_fall_back_to_the_next_broader_one() {
    let template = one("in English").in_language("de", "Hallo", "auf Deutsch", None).in_language(
        "pt-BR",
        "Olá",
        "no Brasil",
        None,
    );
    let templates = open(&[template]).expect("right");
    let table = [
        ("de", "auf Deutsch"),
        ("DE", "auf Deutsch"),
        ("de-AT", "auf Deutsch"),
        ("de-Latn-CH-1996", "auf Deutsch"),
        ("pt-BR", "no Brasil"),
        ("pt", "in English"),
        ("fr-CH", "in English"),
        ("", "in English"),
        ("../../etc/passwd", "in English"),
        ("de\r\nX: y", "in English"),
    ];
    for (language, text) in table {
        let mail = templates.in_language(language).email("one", "a@b.ch", json!({})).expect(language);
        assert_eq!(mail.plain_text(), Some(text), "{language}");
    }
}

#[test]
fn files_replace_templates_and_add_to_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let path = folder.path().display().to_string();
    let open = || {
        let settings = EmailSettings { templates: Some(path.clone()), ..settings() };
        Templates::open(&settings, "Shop", &[one("from the program")]).map_err(|error| error.message().to_owned())
    };
    write("verification.txt", "Dein Code: {{ code }}");
    write("one.txt", "from the folder");
    write("two.subject.txt", "Two");
    write("two.txt", "{% include \"_note.txt\" %}{{ x }}");
    write("two.html", "{% extends \"_layout.html\" %}{% block content %}<b>{{ x }}</b>{% endblock %}");
    write("two.sample.json", "{\"x\": \"<1>\"}");
    write("_note.txt", "Note. ");
    write(".hidden", "not read");
    let templates = open().expect("right");
    let verification = templates.verification("a@b.ch", "482913").expect("rendered");
    assert_eq!(verification.plain_text(), Some("Dein Code: 482913"));
    assert_eq!(verification.subject_line(), "Your Shop code", "other parts are the default's");
    let text = |name: &str, values: Value| templates.email(name, "a@b.ch", values).expect(name);
    assert_eq!(text("one", json!({})).plain_text(), Some("from the folder"));
    let two = text("two", json!({"x": "<1>"}));
    assert_eq!(two.plain_text(), Some("Note. <1>"));
    assert!(
        two.html_text().is_some_and(|html| html.contains("<b>&lt;1&gt;</b>") && html.contains("<title>Two</title>"))
    );
    let names: Vec<_> = templates.all().into_iter().map(|template| template.name).collect();
    assert_eq!(names, ["notification", "one", "password_reset", "two", "verification", "welcome"]);

    for (name, within) in [
        ("three.json", "`three.json` is not the name of a template file"),
        ("three.js", "is not the name"),
        ("three.yaml", "is not the name"),
        ("three.html.j2", "is not the name"),
        ("three.sample.json", "belongs to no template"),
        ("three.html", "needs the file `three.subject.txt`"),
        ("welcome.de.txt", "needs the file `welcome.de.subject.txt`"),
    ] {
        write(name, "{}");
        let problem = open().expect_err(name);
        assert!(problem.contains(within), "{name}: {problem}");
        fs::remove_file(folder.path().join(name)).expect("removed");
    }
    write("two.sample.json", "{\"y\": 1}");
    let problem = open().expect_err("the sample lacks a value");
    assert!(problem.contains("two") && problem.contains("line 1"), "{problem}");
    write("two.sample.json", "{");
    assert!(open().expect_err("no JSON").contains("`two.sample.json` is not JSON"));
    let missing = EmailSettings { templates: Some(format!("{path}/none")), ..settings() };
    assert!(Templates::open(&missing, "Shop", &[]).expect_err("no folder").message().contains("cannot be read"));
}

#[test]
fn an_application_has_its_own_templates_and_its_title() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| {
        app.title("Task flow", "1").mail_template(one("{{ app.name }}: {{ x }}").sample(json!({"x": 1})))
    });
    let mail = app.ctx().mailer().templates().email("one", "a@b.ch", json!({"x": 2})).expect("rendered");
    assert_eq!(mail.plain_text(), Some("Task flow: 2"));
    assert_eq!(app.ctx().mailer().templates().preview("one").expect("rendered").plain_text(), Some("Task flow: 1"));
}

//! The HTML of the page.

use std::fmt::Write as _;

use super::frame::Scheme;
use crate::html::escape;
use crate::mail::{Email, Mailer, SentMail, TemplateInfo};

const LOOK: &str = include_str!("../look.css");
const STYLE: &str = include_str!("style.css");

/// What the page shows: which entry of the list is open, and its content.
struct Page<'a> {
    title: &'a str,
    open: String,
    content: String,
}

/// The page without a mail.
pub(super) fn index(mailer: &Mailer) -> String {
    let count = mailer.sent().len();
    let sent = match count {
        0 => {
            "No mail has been sent since the server was started. What the application sends is listed here.".to_owned()
        }
        1 => "One mail has been sent since the server was started.".to_owned(),
        count => format!("The last {count} mails that this process has sent are listed here."),
    };
    let content = format!(
        "<div class=\"empty\"><h1>Mail</h1><p>{sent}</p><p>The provider is <code>{}</code>, and the sender \
         <code>{}</code>. Templates are shown with sample values.</p><p class=\"quiet\">Only development has this page. \
         Mails are forgotten when the server stops.</p></div>",
        escape(mailer.provider()),
        escape(&mailer.default_sender().to_string()),
    );
    page(mailer, Page { title: "Mail", open: "/mail".to_owned(), content })
}

/// A template with its sample values.
pub(super) fn template(
    mailer: &Mailer,
    info: &TemplateInfo,
    language: Option<&str>,
    scheme: Scheme,
    preview: &Result<Email, String>,
) -> String {
    let path = format!("/mail/templates/{}", info.name);
    let content = match preview {
        Err(error) => format!("<h1>{}</h1><p class=\"failed\">{}</p>", escape(&info.name), escape(error)),
        Ok(email) => {
            let mut languages = String::new();
            if !info.languages.is_empty() {
                let all = std::iter::once(None).chain(info.languages.iter().map(|known| Some(known.as_str())));
                for known in all {
                    let is_open = if known == language { " class=\"on\"" } else { "" };
                    let (query, name) = (query(known, scheme), known.unwrap_or("default"));
                    let _ = write!(languages, "<a{is_open} href=\"{path}{query}\">{}</a>", escape(name));
                }
                languages = format!("<span class=\"switch\">{languages}</span>");
            }
            format!(
                "<h1>{}</h1><p class=\"quiet\">The template <code>{}</code> with sample values</p>{}{}",
                escape(email.subject_line()),
                escape(&info.name),
                bar(email, &path, language, scheme, &languages),
                bodies(email, &path, language, scheme),
            )
        }
    };
    page(mailer, Page { title: &info.name, open: path, content })
}

/// A mail that was sent.
pub(super) fn sent(mailer: &Mailer, sent: &SentMail, scheme: Scheme) -> String {
    let email = sent.mail.email();
    let path = format!("/mail/sent/{}", sent.number);
    let outcome = match &sent.outcome {
        Err(error) => format!("<p class=\"failed\">Not sent: {}</p>", escape(error.reason())),
        Ok(refused) if refused.is_empty() => String::new(),
        Ok(refused) => {
            let list: Vec<String> =
                refused.iter().map(|it| escape(&format!("{}: {}", it.address, it.reason))).collect();
            format!("<p class=\"failed\">Refused for {}</p>", list.join("<br>"))
        }
    };
    let mut rows = String::new();
    let mut row = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = write!(rows, "<tr><th>{name}</th><td>{}</td></tr>", escape(&value));
        }
    };
    let of = |field: &str| {
        let all = email.recipients().filter(|(name, _)| *name == field);
        all.map(|(_, mailbox)| mailbox.to_string()).collect::<Vec<_>>().join(", ")
    };
    row("From", email.sender().unwrap_or(mailer.default_sender()).to_string());
    for (name, field) in [("To", "to"), ("Cc", "cc"), ("Bcc", "bcc")] {
        row(name, of(field));
    }
    row("Reply to", email.replies().iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    row("Sent", format!("{} by {}", sent.at.format("%Y-%m-%d %H:%M:%S UTC"), mailer.provider()));
    row("Message-ID", sent.mail.message_id().to_owned());
    let mut files = String::new();
    for (index, file) in email.attachments().iter().enumerate() {
        let _ = write!(
            files,
            "<a class=\"file\" href=\"{path}/files/{index}\">{} <span>{} bytes</span></a>",
            escape(file.name()),
            file.bytes().len()
        );
    }
    let source = format!("<a href=\"{path}/source\">Source</a>");
    let content = format!(
        "<h1>{}</h1>{outcome}<table class=\"head\">{rows}</table>{}{}{}",
        escape(email.subject_line()),
        if files.is_empty() { String::new() } else { format!("<p class=\"files\">{files}</p>") },
        bar(email, &path, None, scheme, &source),
        bodies(email, &path, None, scheme),
    );
    page(mailer, Page { title: email.subject_line(), open: path, content })
}

fn query(language: Option<&str>, scheme: Scheme) -> String {
    let scheme = if scheme == Scheme::Dark { "dark" } else { "light" };
    match language {
        Some(language) => format!("?language={}&amp;scheme={scheme}", escape(language)),
        None => format!("?scheme={scheme}"),
    }
}

/// What can be chosen above a mail.
fn bar(email: &Email, path: &str, language: Option<&str>, scheme: Scheme, more: &str) -> String {
    let mut colours = String::new();
    if email.html_text().is_some() {
        for (each, name) in [(Scheme::Light, "Light"), (Scheme::Dark, "Dark")] {
            let is_open = if each == scheme { " class=\"on\"" } else { "" };
            let _ = write!(colours, "<a{is_open} href=\"{path}{}\">{name}</a>", query(language, each));
        }
        colours = format!("<span class=\"switch\">{colours}</span>");
    }
    if colours.is_empty() && more.is_empty() { String::new() } else { format!("<p class=\"bar\">{colours}{more}</p>") }
}

/// The HTML in its frame, and the text.
fn bodies(email: &Email, path: &str, language: Option<&str>, scheme: Scheme) -> String {
    let mut bodies = String::new();
    if email.html_text().is_some() {
        let (query, class) = (query(language, scheme), if scheme == Scheme::Dark { "dark" } else { "light" });
        let _ = write!(
            bodies,
            "<iframe sandbox class=\"{class}\" title=\"The HTML of the mail\" src=\"{path}/html{query}\"></iframe>"
        );
    }
    if let Some(text) = email.plain_text() {
        let _ = write!(bodies, "<h2>Plain text</h2><pre>{}</pre>", escape(text));
    }
    bodies
}

fn page(mailer: &Mailer, Page { title, open, content }: Page<'_>) -> String {
    let mut list = String::new();
    let mut entry = |path: &str, text: &str, small: &str, class: &str| {
        let is_open = if path == open { " on" } else { "" };
        let small = if small.is_empty() { String::new() } else { format!("<small>{}</small>", escape(small)) };
        let _ = write!(list, "<a class=\"{class}{is_open}\" href=\"{path}\"><b>{}</b>{small}</a>", escape(text));
    };
    let sent = mailer.sent();
    for mail in &sent {
        let class = if mail.outcome.is_ok() { "entry" } else { "entry wrong" };
        let small = format!("{} · {}", mail.at.format("%H:%M:%S"), mail.mail.recipients().join(", "));
        entry(&format!("/mail/sent/{}", mail.number), mail.mail.email().subject_line(), &small, class);
    }
    let sent = std::mem::take(&mut list);
    let mut entry = |path: &str, text: &str| {
        let is_open = if path == open { " on" } else { "" };
        let _ = write!(list, "<a class=\"entry{is_open}\" href=\"{path}\"><b>{}</b></a>", escape(text));
    };
    for template in mailer.templates().all() {
        entry(&format!("/mail/templates/{}", template.name), &template.name);
    }
    let sent = if sent.is_empty() { "<p class=\"quiet\">None yet</p>".to_owned() } else { sent };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title><style>{LOOK}{STYLE}</style></head><body>\
         <nav><a class=\"home\" href=\"/mail\">Mail</a><h2>Sent</h2>{sent}<h2>Templates</h2>{list}</nav>\
         <main>{content}</main></body></html>",
        escape(title)
    )
}

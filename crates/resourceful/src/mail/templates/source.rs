//! A template that an application brings along.

use serde::Serialize;
use serde_json::Value;

/// A template that is compiled into the application: `App::mail_template` registers it. Files in the folder
/// `EMAIL_TEMPLATES` replace its parts.
///
/// ```
/// use resourceful::mail::MailTemplate;
/// use resourceful::serde_json::json;
///
/// let template = MailTemplate::new("task_assigned")
///     .subject("A task for you: {{ title }}")
///     .text("{{ by }} assigned the task \"{{ title }}\" to you.\n")
///     .in_language("de", "Eine Aufgabe für dich: {{ title }}", "{{ by }} hat dir \"{{ title }}\" zugewiesen.\n", None)
///     .sample(json!({"title": "Write the report", "by": "Ann"}));
/// # fn add(app: resourceful::App, template: MailTemplate) -> resourceful::App {
/// app.mail_template(template)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MailTemplate {
    name: String,
    files: Vec<(String, String)>,
    sample: Option<Value>,
}

impl MailTemplate {
    /// A template of this name: lower-case letters, digits and underscores. It needs a subject and a text.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), files: Vec::new(), sample: None }
    }

    /// The subject. Line breaks in values become spaces.
    #[must_use]
    pub fn subject(self, source: impl Into<String>) -> Self {
        self.file("subject.txt", source)
    }

    /// The plain text.
    #[must_use]
    pub fn text(self, source: impl Into<String>) -> Self {
        self.file("txt", source)
    }

    /// The HTML. Values are escaped. It can use `{% extends "_layout.html" %}` and the macros of `_parts.html`.
    #[must_use]
    pub fn html(self, source: impl Into<String>) -> Self {
        self.file("html", source)
    }

    /// All parts in another language, by its tag (RFC 5646): `de`, `pt-BR`.
    #[must_use]
    pub fn in_language(
        self,
        language: &str,
        subject: impl Into<String>,
        text: impl Into<String>,
        html: Option<&str>,
    ) -> Self {
        let own = self.file(&format!("{language}.subject.txt"), subject).file(&format!("{language}.txt"), text);
        match html {
            Some(html) => own.file(&format!("{language}.html"), html),
            None => own,
        }
    }

    /// Values with which the template is tried at the start, and shown on the page `/mail`.
    #[must_use]
    pub fn sample(mut self, values: impl Serialize) -> Self {
        // What cannot be written as JSON is no map either, which is reported at the start.
        self.sample = Some(serde_json::to_value(values).unwrap_or_default());
        self
    }

    fn file(mut self, end: &str, source: impl Into<String>) -> Self {
        self.files.push((format!("{}.{end}", self.name), source.into()));
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn files(&self) -> &[(String, String)] {
        &self.files
    }

    pub(super) fn sample_values(&self) -> Option<&Value> {
        self.sample.as_ref()
    }
}

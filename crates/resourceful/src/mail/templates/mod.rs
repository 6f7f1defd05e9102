//! Templates: mails from text with places for values (minijinja, the language of Jinja2).

mod defaults;
mod engine;
mod file_name;
mod library;
mod source;

pub use engine::TemplateError;
pub use source::MailTemplate;

use std::path::Path;
use std::sync::Arc;

use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, context};
use serde::Serialize;
use url::Url;

use super::address::Mailbox;
use super::email::Email;
use super::settings::EmailSettings;
use super::text::is_forbidden;
use crate::error::StartupError;
use file_name::{Kind, candidates, key};
use library::Library;

/// The most characters of a subject; a longer one is cut.
const SUBJECT_CHARS: usize = 200;

/// The templates of an application: `ctx.mailer().templates()`. Each function makes an [`Email`] without sending it.
///
/// ```
/// # async fn run(ctx: resourceful::Context) -> resourceful::Result<()> {
/// let templates = ctx.mailer().templates();
/// let mail = templates.verification("ann@example.org", "482913")?;
/// ctx.mailer().send_now(&mail).await?;
/// let german = templates.in_language("de-AT").password_reset("ann@example.org", "c29tZSB0b2tlbg")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Templates {
    inner: Arc<Inner>,
    language: Option<String>,
}

struct Inner {
    environment: Environment<'static>,
    library: Library,
    reset_url: Option<Url>,
}

/// A template, for the page `/mail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateInfo {
    /// Its name.
    pub name: String,
    /// Its languages, besides the default one.
    pub languages: Vec<String>,
    /// Whether there are values to try it with.
    pub has_sample: bool,
}

impl Templates {
    /// The templates of an application with this name: the defaults, its own, and those of the folder `EMAIL_TEMPLATES`.
    /// Each is compiled, and rendered in each language if there are sample values.
    ///
    /// # Errors
    /// Everything that is wrong, with file and line.
    pub fn open(settings: &EmailSettings, app_name: &str, own: &[MailTemplate]) -> Result<Self, StartupError> {
        let folder = settings.templates.as_deref().map(Path::new);
        let wrong = |problems: Vec<String>| {
            let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
            StartupError::new(format!("mail templates are wrong:{list}"))
        };
        let library = Library::collect(own, folder).map_err(wrong)?;
        let name = settings.app_name.as_deref().unwrap_or(app_name);
        let app = context! { name => name, url => settings.app_url.as_ref().map(ToString::to_string) };
        let environment = engine::compile(&library.files, app).map_err(wrong)?;
        let reset_url = settings.reset_url.clone().or_else(|| {
            let mut url = settings.app_url.clone()?;
            url.path_segments_mut().ok()?.pop_if_empty().push("reset-password");
            Some(url)
        });
        let templates = Self { inner: Arc::new(Inner { environment, library, reset_url }), language: None };
        let problems: Vec<String> = templates.try_all().collect();
        if problems.is_empty() { Ok(templates) } else { Err(wrong(problems)) }
    }

    /// The mistakes that show when templates are rendered with their samples.
    fn try_all(&self) -> impl Iterator<Item = String> {
        self.all().into_iter().filter(|template| template.has_sample).flat_map(|template| {
            let languages = std::iter::once(None).chain(template.languages.into_iter().map(Some));
            let tried = languages.filter_map(|language| {
                let error = Self { language, ..self.clone() }.preview(&template.name).err()?;
                Some(format!("the template `{}` cannot be rendered with its sample values: {error}", template.name))
            });
            tried.collect::<Vec<_>>()
        })
    }

    /// The same templates in this language, by its tag (RFC 5646). Where a template has no `de-AT`, it is in `de`; where it
    /// has neither, it is in the default language. What is no language tag is ignored, so a value from a request can be
    /// passed on.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Self {
        Self { language: Some(language.to_owned()), ..self.clone() }
    }

    /// A mail from the template of this name, with these values: a struct, a map, or `json!({..})`.
    ///
    /// In all files `app.name` and `app.url` (which can be null), `language` and, in the text and the HTML, `subject` are
    /// known too. Line breaks in the subject become spaces.
    ///
    /// # Errors
    /// If there is no such template, or if it uses a value that is missing or null.
    pub fn email(
        &self,
        template: &str,
        to: impl Into<Mailbox>,
        values: impl Serialize,
    ) -> Result<Email, TemplateError> {
        let languages = self.inner.library.languages.get(template).ok_or_else(|| {
            let names: Vec<&str> = self.inner.library.names().collect();
            TemplateError::new(format!("there is no mail template `{template}`; there are {}", names.join(", ")))
        })?;
        let wanted = self.language.as_deref().map(candidates).unwrap_or_default();
        let language = wanted.into_iter().find(|language| languages.contains(language));
        let language = language.as_deref();

        let values = Value::from(Serde(values));
        if values.kind() != ValueKind::Map {
            let message = format!("the values of the mail template `{template}` must be a struct or a map");
            return Err(TemplateError::new(message));
        }
        let shown_language = language.unwrap_or("en");
        let values = context! { language => shown_language, ..values };
        let render =
            |kind, values: &Value| engine::render(&self.inner.environment, &key(template, language, kind), values);
        let subject = one_line(&render(Kind::Subject, &values)?);
        let values = context! { subject => subject.as_str(), ..values };
        let mut email = Email::to(to).subject(subject.as_str()).text(render(Kind::Text, &values)?);
        if self.inner.library.files.contains_key(&key(template, language, Kind::Html)) {
            email = email.html(render(Kind::Html, &values)?);
        }
        Ok(email)
    }

    /// The mail with which somebody confirms their address: the template `verification` with the value `code`.
    ///
    /// # Errors
    /// If the template was replaced by one that uses other values.
    pub fn verification(&self, to: impl Into<Mailbox>, code: &str) -> Result<Email, TemplateError> {
        self.email("verification", to, context! { code })
    }

    /// The mail with which somebody chooses a new password: the template `password_reset` with the values `token` and
    /// `link`. The link is `EMAIL_RESET_URL` with the token as the parameter `token`; without that setting it leads to
    /// `/reset-password` below `EMAIL_APP_URL`. It is null if neither is set; then the mail has the token itself.
    ///
    /// # Errors
    /// If the template was replaced by one that uses other values.
    pub fn password_reset(&self, to: impl Into<Mailbox>, token: &str) -> Result<Email, TemplateError> {
        let link = self.inner.reset_url.clone().map(|mut url| {
            url.query_pairs_mut().append_pair("token", token);
            url.to_string()
        });
        self.email("password_reset", to, context! { token, link })
    }

    /// The mail for a new user: the template `welcome` with the value `name`, which can be null.
    ///
    /// # Errors
    /// If the template was replaced by one that uses other values.
    pub fn welcome(&self, to: impl Into<Mailbox>, name: Option<&str>) -> Result<Email, TemplateError> {
        self.email("welcome", to, context! { name })
    }

    /// A mail about something that happened: the template `notification` with the values `title`, `text`, and, from a pair
    /// of a label and an address, `link_text` and `link`, which can be null.
    ///
    /// # Errors
    /// If the template was replaced by one that uses other values.
    pub fn notification(
        &self,
        to: impl Into<Mailbox>,
        title: &str,
        text: &str,
        link: Option<(&str, &str)>,
    ) -> Result<Email, TemplateError> {
        let (link_text, link) = link.unzip();
        self.email("notification", to, context! { title, text, link_text, link })
    }

    /// All templates, by name.
    pub fn all(&self) -> Vec<TemplateInfo> {
        let library = &self.inner.library;
        let info = |(name, languages): (&String, &std::collections::BTreeSet<String>)| TemplateInfo {
            name: name.clone(),
            languages: languages.iter().cloned().collect(),
            has_sample: library.samples.contains_key(name),
        };
        library.languages.iter().map(info).collect()
    }

    /// A mail from this template with its sample values, to look at.
    ///
    /// # Errors
    /// If there is no such template or no sample, or if the sample lacks a value.
    pub fn preview(&self, template: &str) -> Result<Email, TemplateError> {
        let none = serde_json::json!({});
        let sample = self.inner.library.samples.get(template).unwrap_or(&none);
        self.email(template, ("Ann Lee", "ann@example.org"), sample).map_err(|error| {
            if self.inner.library.samples.contains_key(template) {
                return error;
            }
            let advice =
                format!("{error}. Add sample values: the file `{template}.sample.json`, or `MailTemplate::sample`");
            TemplateError::new(advice)
        })
    }
}

/// The default templates only, for an application named API.
impl Default for Templates {
    fn default() -> Self {
        Self::open(&EmailSettings::default(), "API", &[])
            .unwrap_or_else(|error| unreachable!("the default templates are wrong: {error}"))
    }
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("names", &self.inner.library.names().collect::<Vec<_>>()).finish()
    }
}

/// A subject: one line without surplus spaces, and not too long.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if is_forbidden(c) { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SUBJECT_CHARS {
        return line;
    }
    line.chars().take(SUBJECT_CHARS - 1).chain(['…']).collect()
}

//! The one error type, and the catalogue of problems it speaks of.
//!
//! Every failure that can reach a caller is an [`Error`]: an entry of the [catalogue](mod@catalogue) (a slug, a status,
//! a title and an explanation), a detail about this occurrence, and, where a body or a query is at fault, one
//! [`FieldError`] for each mistake. What went wrong inside stays inside: it is kept as the source, for the log only.

pub mod catalogue;
mod startup;

pub use catalogue::Problem;
pub use startup::StartupError;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The result of everything in Resourceful that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that knows how to present itself to a caller.
pub struct Error(Box<Inner>);

struct Inner {
    slug: Cow<'static, str>,
    status: u16,
    title: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    missing_permissions: Vec<Cow<'static, str>>,
    retry_after: Option<Duration>,
    allow: Vec<&'static str>,
    accepted_types: &'static [&'static str],
    /// Why it was decided so, sentence by sentence.
    explanation: Vec<String>,
    /// The work may succeed when it is done again.
    retryable: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// One mistake in a body or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body, `/3/name`, or the name of a query parameter.
    pub place: Place,
    /// Which rule, as a word a program can match: `length`, `required`, `unknown-field`.
    pub code: &'static str,
    /// What is wrong and what is allowed, for a person.
    pub message: String,
}

/// Where a mistake stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(String),
    /// A query parameter.
    Parameter(String),
}

impl FieldError {
    /// A mistake in the body at this JSON pointer.
    pub fn at(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { place: Place::Pointer(pointer.into()), code, message: message.into() }
    }

    /// A mistake in this query parameter.
    pub fn parameter(name: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { place: Place::Parameter(name.into()), code, message: message.into() }
    }
}

/// An error type of an application's own that can be returned with `?` wherever Resourceful expects an [`Error`].
///
/// ```
/// use resourceful::{Error, ProblemType};
///
/// #[derive(Debug)]
/// struct QuotaExceeded { limit: u32 }
///
/// impl ProblemType for QuotaExceeded {
///     fn slug(&self) -> &'static str { "quota-exceeded" }
///     fn status(&self) -> u16 { 409 }
///     fn title(&self) -> &'static str { "Quota exceeded" }
///     fn detail(&self) -> String { format!("Your plan holds {} projects; delete one first", self.limit) }
/// }
///
/// let error = Error::from(QuotaExceeded { limit: 3 });
/// assert_eq!(error.slug(), "quota-exceeded");
/// ```
pub trait ProblemType {
    /// The last segment of the problem's `type`: lower-case words joined by hyphens.
    fn slug(&self) -> &'static str;
    /// The HTTP status, 400 to 599; anything else is answered as 500.
    fn status(&self) -> u16;
    /// What kind of problem, the same for each occurrence.
    fn title(&self) -> &'static str;
    /// What is wrong this time and what to do about it.
    fn detail(&self) -> String;
}

impl<T: ProblemType> From<T> for Error {
    fn from(problem: T) -> Self {
        let status = problem.status();
        let status = if (400..=599).contains(&status) { status } else { 500 };
        Self::custom(status, problem.slug(), problem.title(), problem.detail())
    }
}

impl Error {
    /// An occurrence of a problem of the catalogue.
    pub fn new(problem: &'static Problem, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(problem.status, problem.slug, problem.title, detail)
    }

    fn custom(
        status: u16,
        slug: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            slug: slug.into(),
            status,
            title: title.into(),
            detail: detail.into(),
            errors: Vec::new(),
            missing_permissions: Vec::new(),
            retry_after: None,
            allow: Vec::new(),
            accepted_types: &[],
            explanation: Vec::new(),
            retryable: false,
            source: None,
        }))
    }

    /// 404: there is no such row, or the caller may not know of it.
    pub fn not_found() -> Self {
        Self::new(&catalogue::NOT_FOUND, "There is nothing at this address that you may see")
    }

    /// 409 with a slug of your own: the request contradicts the state of things.
    pub fn conflict(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(409, slug, catalogue::CONFLICT.title, detail)
    }

    /// 403 with a slug of your own: the caller may not do this, whatever he sends.
    pub fn forbidden(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(403, slug, catalogue::FORBIDDEN.title, detail)
    }

    /// 422 with a slug of your own: the request is well formed and still makes no sense.
    pub fn unprocessable(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(422, slug, catalogue::VALIDATION_ERROR.title, detail)
    }

    /// 422 `validation-error`, with every mistake.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "One value does not obey its rules".to_owned(),
            count => format!("{count} values do not obey their rules"),
        };
        Self::new(&catalogue::VALIDATION_ERROR, detail).with_errors(errors)
    }

    /// 500: something inside failed. The caller learns only the request id; the source goes to the log.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(&catalogue::INTERNAL, "Something failed on the server; its log has the details under this request id")
            .with_source(source)
    }

    /// 403 `insufficient-scope`: the caller lacks these permissions, any one of which would do.
    pub fn missing_permission(missing: &[&'static str]) -> Self {
        let mut error =
            Self::new(&catalogue::INSUFFICIENT_SCOPE, format!("This needs the permission {}", missing.join(" or ")));
        error.0.missing_permissions = missing.iter().map(|&permission| Cow::Borrowed(permission)).collect();
        error
    }

    /// Adds the mistakes.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The same of one item of several, which stands at this pointer: its mistakes are below it, and an error that names
    /// none names the item.
    #[must_use]
    pub(crate) fn of_item(mut self, item: &str) -> Self {
        if self.0.errors.is_empty() {
            let message = if self.0.status < 500 { self.0.detail.clone() } else { "could not be written".into() };
            self.0.errors.push(FieldError::at(item, "refused", message));
            return self;
        }
        for mistake in &mut self.0.errors {
            if let Place::Pointer(pointer) = &mut mistake.place {
                pointer.insert_str(0, item);
            }
        }
        self
    }

    /// Adds what failed inside; it is logged, never shown.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the time after which the caller may try again.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Adds the methods that the address knows (for 405).
    #[must_use]
    pub fn with_allow(mut self, methods: Vec<&'static str>) -> Self {
        self.0.allow = methods;
        self
    }

    /// Adds the content types that would have been read (for 415).
    #[must_use]
    pub fn with_accepted_types(mut self, types: &'static [&'static str]) -> Self {
        self.0.accepted_types = types;
        self
    }

    /// Marks work that may succeed when it is done again: serialization failure, deadlock or lock timeout.
    #[must_use]
    pub(crate) fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// The same where doing it again would do more than that.
    #[must_use]
    pub(crate) fn not_retryable(mut self) -> Self {
        self.0.retryable = false;
        self
    }

    /// Adds a sentence that says why it was decided so, down to the rule. Answers show it in development
    /// (`ENVIRONMENT=development`), where the caller is the developer, and nowhere else; the log has it on demand.
    #[must_use]
    pub fn with_explanation(mut self, sentence: impl Into<String>) -> Self {
        self.0.explanation.push(sentence.into());
        self
    }

    /// Replaces the detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// The last segment of the problem's `type`.
    pub fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// What kind of problem.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The mistakes in the body or the query.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The permissions whose lack caused it.
    pub fn missing_permissions(&self) -> impl Iterator<Item = &str> {
        self.0.missing_permissions.iter().map(AsRef::as_ref)
    }

    /// Why it was decided so, sentence by sentence: for developers.
    pub fn explanation(&self) -> &[String] {
        &self.0.explanation
    }

    /// When the caller may try again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The methods that the address knows.
    pub fn allow(&self) -> &[&'static str] {
        &self.0.allow
    }

    /// The content types that would have been read.
    pub fn accepted_types(&self) -> &'static [&'static str] {
        self.0.accepted_types
    }

    /// Whether the work may succeed when it is done again.
    pub(crate) fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The error of the start that this is, if it is one.
    pub fn as_startup(&self) -> Option<&StartupError> {
        self.0.source.as_deref().and_then(|source| source.downcast_ref())
    }

    /// Whether it is this problem of the catalogue.
    pub fn is(&self, problem: &Problem) -> bool {
        self.0.slug == problem.slug
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(startup) = self.as_startup() {
            return fmt::Debug::fmt(startup, f);
        }
        let mut out = f.debug_struct("Error");
        out.field("slug", &self.0.slug).field("status", &self.0.status).field("detail", &self.0.detail);
        if !self.0.errors.is_empty() {
            out.field("errors", &self.0.errors);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.0.title, self.0.status, self.0.detail)?;
        for error in &self.0.errors {
            let place = match &error.place {
                Place::Pointer(place) | Place::Parameter(place) => place,
            };
            write!(f, "; {place}: {}", error.message)?;
        }
        Ok(())
    }
}

impl From<StartupError> for Error {
    fn from(error: StartupError) -> Self {
        Self::internal(error)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

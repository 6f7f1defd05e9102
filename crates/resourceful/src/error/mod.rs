//! The error type, and the catalogue of problems.
//!
//! Every error that a response can contain is an [`Error`]: a problem of the [catalogue](mod@catalogue) or of the
//! application (a slug, a [class](Class), a title), a detail about this occurrence, and, if a body or a query is invalid,
//! one [`FieldError`] for each invalid value, with a code of the [list](mod@codes). The internal cause is the error's
//! source, and is only logged.
//!
//! Errors do not depend on HTTP; the room `http` turns the class into a status.

pub mod catalogue;
mod class;
mod code;
pub mod codes;
mod startup;

pub use catalogue::Problem;
pub use class::Class;
pub use code::Code;
pub use startup::StartupError;

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The result type of Resourceful.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, in a form that a caller may see.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    slug: Cow<'static, str>,
    class: Class,
    /// The status of a problem of the application, if it is not the status of its class.
    status: Option<u16>,
    title: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    missing_permissions: Vec<Cow<'static, str>>,
    retry_after: Option<Duration>,
    /// The reasons for the decision, one sentence each.
    explanation: Vec<String>,
    /// Whether the work may succeed if it is repeated.
    retryable: bool,
    /// Data that a higher floor attaches for its own use.
    attachment: Option<Arc<dyn Any + Send + Sync>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// One invalid value in a body or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The place: a JSON pointer (RFC 6901) into the body, such as `/3/name`, or the name of a query parameter.
    pub place: Place,
    /// The rule that was violated: `length`, `required`, `unknown-field`.
    pub code: Code,
    /// What is wrong and what is allowed, for a person.
    pub message: String,
}

/// The place of an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer (RFC 6901) into the body.
    Pointer(String),
    /// A query parameter.
    Parameter(String),
}

impl FieldError {
    /// An invalid value in the body, at this JSON pointer.
    pub fn at(pointer: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { place: Place::Pointer(pointer.into()), code, message: message.into() }
    }

    /// An invalid value in this query parameter.
    pub fn parameter(name: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { place: Place::Parameter(name.into()), code, message: message.into() }
    }
}

/// An error type of the application that can be returned with `?` wherever Resourceful expects an [`Error`].
///
/// ```
/// use resourceful::error::Class;
/// use resourceful::{Error, ProblemType};
///
/// #[derive(Debug)]
/// struct QuotaExceeded { limit: u32 }
///
/// impl ProblemType for QuotaExceeded {
///     fn slug(&self) -> &'static str { "quota-exceeded" }
///     fn class(&self) -> Class { Class::Conflict }
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
    /// The class, which determines the HTTP status: 409 for [`Class::Conflict`].
    fn class(&self) -> Class;
    /// A more precise HTTP status than that of the class, such as 402 or 451, if there is one. It must be between 400 and
    /// 599; for any other value the response is 500.
    fn status(&self) -> Option<u16> {
        None
    }
    /// A short name, the same for each occurrence.
    fn title(&self) -> &'static str;
    /// What is wrong this time and what to do about it.
    fn detail(&self) -> String;
}

impl<T: ProblemType> From<T> for Error {
    fn from(problem: T) -> Self {
        let mut error = Self::custom(problem.class(), problem.slug(), problem.title(), problem.detail());
        error.0.status = problem.status();
        error
    }
}

impl Error {
    /// An occurrence of a problem of the catalogue.
    pub fn new(problem: &'static Problem, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(problem.class, problem.slug, problem.title, detail)
    }

    fn custom(
        class: Class,
        slug: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            slug: slug.into(),
            class,
            status: None,
            title: title.into(),
            detail: detail.into(),
            errors: Vec::new(),
            missing_permissions: Vec::new(),
            retry_after: None,
            explanation: Vec::new(),
            retryable: false,
            attachment: None,
            source: None,
        }))
    }

    /// `not-found`: the row does not exist, or is not visible to the caller.
    pub fn not_found() -> Self {
        Self::new(&catalogue::NOT_FOUND, "Not found, or not visible to the caller")
    }

    /// A conflict with your own slug: the request contradicts the stored data (409).
    pub fn conflict(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(Class::Conflict, slug, catalogue::CONFLICT.title, detail)
    }

    /// A refusal with your own slug: the caller is not allowed to do this, with any values (403).
    pub fn forbidden(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(Class::Forbidden, slug, catalogue::FORBIDDEN.title, detail)
    }

    /// An invalid request with your own slug: it can be read, but violates a rule (422).
    pub fn unprocessable(slug: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(Class::Invalid, slug, catalogue::VALIDATION_ERROR.title, detail)
    }

    /// `validation-error`, with every invalid value (422).
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "One value is invalid".to_owned(),
            count => format!("{count} values are invalid"),
        };
        Self::new(&catalogue::VALIDATION_ERROR, detail).with_errors(errors)
    }

    /// `internal-error`: something failed on the server (500). The caller gets only the request id; the source goes to the
    /// log.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(&catalogue::INTERNAL, "Something failed on the server; its log has the details under this request id")
            .with_source(source)
    }

    /// `insufficient-scope`: the caller lacks these permissions, any one of which would be enough (403).
    pub fn missing_permission(missing: &[&'static str]) -> Self {
        let mut error =
            Self::new(&catalogue::INSUFFICIENT_SCOPE, format!("This needs the permission {}", missing.join(" or ")));
        error.0.missing_permissions = missing.iter().map(|&permission| Cow::Borrowed(permission)).collect();
        error
    }

    /// Adds the invalid values.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// The same error of one item of several, at this pointer: its entries are below it, and an error without entries gets
    /// one for the item.
    #[must_use]
    pub(crate) fn of_item(mut self, item: &str) -> Self {
        if self.0.errors.is_empty() {
            // What failed on the server is not for the caller, by whichever status the answer has.
            let is_server_fault = self.0.status.map_or(self.0.class.is_server_fault(), |status| status >= 500);
            let message = if is_server_fault { "could not be written".into() } else { self.0.detail.clone() };
            self.0.errors.push(FieldError::at(item, codes::REFUSED, message));
            return self;
        }
        for entry in &mut self.0.errors {
            if let Place::Pointer(pointer) = &mut entry.place {
                pointer.insert_str(0, item);
            }
        }
        self
    }

    /// Adds the internal cause, which is logged and never part of a response.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Adds the time after which the caller may try again.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Marks work that may succeed when it is repeated: serialization failure, deadlock or lock timeout.
    #[must_use]
    pub(crate) fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// Removes the mark, because repeating the work would have other effects.
    #[must_use]
    pub(crate) fn not_retryable(mut self) -> Self {
        self.0.retryable = false;
        self
    }

    /// Adds a sentence that explains the decision, down to the rule. Responses show it only in development
    /// (`ENVIRONMENT=development`), where the caller is the developer; the log has it at debug level.
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

    /// The class of the error.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// The status of a problem of the application, if it sets one.
    pub(crate) fn precise_status(&self) -> Option<u16> {
        self.0.status
    }

    /// The short name of the problem.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// What is wrong this time.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The invalid values in the body or the query.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The permissions that the caller lacks.
    pub fn missing_permissions(&self) -> impl Iterator<Item = &str> {
        self.0.missing_permissions.iter().map(AsRef::as_ref)
    }

    /// The explanation of the decision for developers, one sentence for each reason.
    pub fn explanation(&self) -> &[String] {
        &self.0.explanation
    }

    /// When the caller may try again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The data that a higher floor has attached.
    pub(crate) fn attachment<T: Any>(&self) -> Option<&T> {
        self.0.attachment.as_ref()?.downcast_ref()
    }

    /// Attaches data of a higher floor, whose type is not known here.
    #[must_use]
    pub(crate) fn with_attachment(mut self, attachment: impl Any + Send + Sync) -> Self {
        self.0.attachment = Some(Arc::new(attachment));
        self
    }

    /// Whether the work may succeed if it is repeated.
    pub(crate) fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// The start-up error, if this is one.
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
        out.field("slug", &self.0.slug).field("class", &self.0.class).field("detail", &self.0.detail);
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
        write!(f, "{} ({}): {}", self.0.title, self.0.slug, self.0.detail)?;
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

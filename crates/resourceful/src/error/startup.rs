//! Start-up errors.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// Why the application cannot start, and what to do about it. It is for the person who starts the application: `main`
/// prints the whole message, and no response contains it.
///
/// `?` turns it into an [`Error`](super::Error), so that `main` and seeds can return both.
///
/// ```
/// use resourceful::{Error, StartupError};
///
/// let error = Error::from(StartupError::new("PORT is `x`; it must be a port such as 8000"));
/// assert_eq!(format!("{error:?}"), "PORT is `x`; it must be a port such as 8000");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StartupError(Cow<'static, str>);

impl StartupError {
    /// An error with this message.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }

    /// An error with the message of another one.
    pub(crate) fn because(error: impl fmt::Display) -> Self {
        Self(error.to_string().into())
    }

    /// The whole message.
    pub fn message(&self) -> &str {
        &self.0
    }
}

/// `main` prints errors in this form, so it is the message alone.
impl fmt::Debug for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for StartupError {}

#[cfg(test)]
mod tests {
    use super::StartupError;
    use crate::error::Error;

    #[test]
    fn start_up_messages_are_never_in_responses() {
        let startup = StartupError::new("DATABASE_URL is wrong: secret");
        assert_eq!(
            (format!("{startup:?}"), startup.to_string()),
            (startup.message().to_owned(), startup.message().to_owned())
        );
        let error = Error::from(startup.clone());
        assert_eq!(format!("{error:?}"), startup.message(), "what `main` prints");
        assert_eq!(error.as_startup(), Some(&startup));
        assert_eq!((error.status(), error.slug()), (500, "internal-error"));
        assert!(!error.detail().contains("secret") && !error.to_string().contains("secret"));
        assert_eq!(Error::not_found().as_startup(), None);
    }
}

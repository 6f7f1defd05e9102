//! The type of a code; [`codes`](super::codes) has the list.

use std::fmt;

/// The code of a [`FieldError`](super::FieldError): the violated rule, as a word for programs.
///
/// The framework uses the constants of [`codes`](super::codes) only. An application that makes entries itself, in a hook
/// for example, can use them too, or add codes with [`Code::new`]:
///
/// ```
/// use resourceful::error::{Code, codes};
/// use resourceful::{Error, FieldError};
///
/// const TOO_BUSY: Code = Code::new("too-busy");
///
/// let error = Error::validation(vec![
///     FieldError::at("/assignee", TOO_BUSY, "has ten open tasks already"),
///     FieldError::at("/name", codes::REQUIRED, "is required"),
/// ]);
/// assert_eq!(error.errors()[0].code, "too-busy");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(&'static str);

impl Code {
    /// A code of an application: lower-case words joined by hyphens.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The code as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<str> for Code {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

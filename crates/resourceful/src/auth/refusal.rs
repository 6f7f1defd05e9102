//! Why a token is refused: one fixed sentence for each cause.
//!
//! The caller reads the sentence and nothing else. What the token or a library said goes into the error's source, that
//! is into the log: a header or a body that echoes parts of a token invites header injection and tells a forger how
//! far he came.

use std::error::Error as StdError;

use crate::error::{Error, catalogue};

/// Each cause and its sentence, which is also a legal `error_description` (RFC 6750 section 3: no quotes, no
/// backslash).
macro_rules! refusals {
    ($($name:ident $sentence:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Refusal { $($name),* }

        impl Refusal {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

refusals! {
    TooLong "The token is too long"
    Form "The token is not a signed JWT in its compact form"
    Header "The header of the token cannot be read"
    Extension "The token requires an extension that is not supported"
    Kind "The token is not an access token"
    Algorithm "The token is signed with an algorithm that is not accepted"
    KeyId "The token does not say which key signed it"
    UnknownKey "The token is signed with an unknown key"
    Signature "The signature of the token is wrong"
    Claims "The claims of the token cannot be read"
    ClaimType "A claim of the token is missing or has the wrong type"
    Issuer "The token comes from an issuer that is not accepted"
    Audience "The token is meant for another API"
    Expired "The token has expired"
    TooEarly "The token is not valid yet"
    Subject "The token does not name its subject in a usable form"
    Bound "The token is bound to a key and cannot be used as a bearer token"
}

impl Refusal {
    /// 401 `invalid-token` with the sentence; `cause` is for the log.
    pub(crate) fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::new(&catalogue::INVALID_TOKEN, self.sentence()).with_source(cause)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::new(&catalogue::INVALID_TOKEN, refusal.sentence())
    }
}

/// Text of a token as it may stand in a log: escaped and short.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 120;
    let short: String = text.chars().take(LONGEST).collect();
    let ellipsis = if short.len() < text.len() { ".." } else { "" };
    format!("{short:?}{ellipsis}")
}

//! Why a token was rejected: one fixed sentence for each cause.
//!
//! The response contains this sentence only. Parts of the token and messages of libraries go into the error's source,
//! which is logged. If a header or a body contained parts of a token, header injection would be possible, and an attacker
//! would learn how far a forged token was accepted.

use std::error::Error as StdError;

use crate::error::{Error, Problem, catalogue};

/// Each cause and its sentence, which is also a valid `error_description` (RFC 6750 section 3: no quotes, no
/// backslash).
macro_rules! rejections {
    ($($name:ident $sentence:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Rejection { $($name),* }

        impl Rejection {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }

            /// Its name: `UnknownKey`.
            fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

rejections! {
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
    BoundOtherwise "The token is bound to a key in a way that is not supported here"
    Unbound "The token is not bound to a key, so it cannot be used with the DPoP scheme"
    BearerOff "Only tokens that are bound to a key by DPoP are accepted here"
    ProofCount "Send exactly one DPoP header together with the token"
    ProofForm "The DPoP proof is not a signed JWT of the form that RFC 9449 describes"
    ProofAlgorithm "The DPoP proof is signed with an algorithm that is not accepted"
    ProofKey "The DPoP proof does not carry a usable public key"
    ProofSignature "The signature of the DPoP proof is wrong"
    ProofClaims "A claim of the DPoP proof is missing or has the wrong type"
    ProofMethod "The DPoP proof was made for another method"
    ProofAddress "The DPoP proof was made for another address"
    ProofTime "The DPoP proof is too old or not valid yet"
    ProofToken "The DPoP proof was made for another token"
    ProofBinding "The DPoP proof is signed with another key than the one the token is bound to"
    ProofReplay "The DPoP proof was used before"
}

impl Rejection {
    /// 401 with the sentence of this rejection; `cause` is for the log.
    pub(crate) fn because(self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::from(self).with_source(cause)
    }

    /// An invalid proof does not mean that the token is invalid, so the problem is another one. A valid proof of another key
    /// than the token's does mean it: the token belongs to somebody else (RFC 9449 section 7.1).
    fn problem(self) -> &'static Problem {
        match self {
            Self::ProofCount
            | Self::ProofForm
            | Self::ProofAlgorithm
            | Self::ProofKey
            | Self::ProofSignature
            | Self::ProofClaims
            | Self::ProofMethod
            | Self::ProofAddress
            | Self::ProofTime
            | Self::ProofToken
            | Self::ProofReplay => &catalogue::INVALID_DPOP_PROOF,
            _ => &catalogue::INVALID_TOKEN,
        }
    }
}

/// The name of the cause, which an error carries for metrics.
pub(crate) struct Rejected(pub(crate) &'static str);

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection.problem(), rejection.sentence()).with_attachment(Rejected(rejection.name()))
    }
}

/// Text of a token for the log: escaped and shortened.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 120;
    let short: String = text.chars().take(LONGEST).collect();
    let ellipsis = if short.len() < text.len() { ".." } else { "" };
    format!("{short:?}{ellipsis}")
}

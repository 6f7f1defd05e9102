//! Reading settings: named values, from the environment or from any other source.
//!
//! Every part of the application reads its own settings with a [`Reader`], in a function `from_env`. The reader collects
//! all missing and invalid settings, so that they can be reported together.

#[cfg(feature = "s3")]
mod aws;
mod reader;
mod setting;

use std::fmt;

#[cfg(feature = "s3")]
pub(crate) use aws::{aws_credentials, aws_variables};
pub(crate) use reader::Reader;
pub(crate) use setting::Setting;

/// The environment in which the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: `.env` is read, missing tables are created, and without Auth0 the server issues its own tokens.
    Development,
    /// Real users: important settings have no defaults, and the application does not start with an unsafe setting.
    Production,
    /// Automatic tests.
    Test,
}

impl Environment {
    /// Reads the value of `ENVIRONMENT`. The default is development in a debug build, and production otherwise.
    pub(crate) fn parse(value: Option<&str>) -> Result<Self, String> {
        match value.map(str::trim) {
            None | Some("") if cfg!(debug_assertions) => Ok(Self::Development),
            None | Some("") => Ok(Self::Production),
            Some("development") => Ok(Self::Development),
            Some("production") => Ok(Self::Production),
            Some("test") => Ok(Self::Test),
            Some(other) => Err(format!("ENVIRONMENT is `{other}`; it can be development, production or test")),
        }
    }
}

impl fmt::Display for Environment {
    /// As `ENVIRONMENT` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Test => "test",
        })
    }
}

/// The text of a secret. Its `Debug` output does not contain the text, so it does not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

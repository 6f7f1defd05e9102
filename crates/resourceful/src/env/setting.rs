//! A setting as its users read about it: in `.env.example`, in the guide, and in the command `config`.
//!
//! Each part of the application lists its settings beside the function that reads them.

use std::borrow::Cow;

/// A setting: the name of its variable, its default, and what it sets.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// What it sets, in whole sentences.
    pub(crate) meaning: Cow<'static, str>,
    /// The value if the variable is not set; `None` if it has none, or one that is no text.
    pub(crate) default: Option<Cow<'static, str>>,
    /// The default in production, where it is another.
    pub(crate) in_production: Option<&'static str>,
    /// The default in words, where it is no fixed value.
    pub(crate) otherwise: Option<&'static str>,
    /// A value that shows the form.
    pub(crate) example: Option<&'static str>,
    /// Whether production does not start without it.
    pub(crate) is_required: bool,
    /// Another setting that can be there instead of a required one.
    pub(crate) instead: Option<&'static str>,
    /// Whether its value must never be shown. A file can hold it (`NAME_FILE`).
    pub(crate) is_secret: bool,
}

impl Setting {
    /// A setting without a default.
    pub(crate) fn new(name: &'static str, meaning: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            meaning: meaning.into(),
            default: None,
            in_production: None,
            otherwise: None,
            example: None,
            is_required: false,
            instead: None,
            is_secret: false,
        }
    }

    /// The value if the variable is not set.
    pub(crate) fn default(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// The value in production if the variable is not set.
    pub(crate) fn in_production(mut self, value: &'static str) -> Self {
        self.in_production = Some(value);
        self
    }

    /// What holds if the variable is not set, in words: `one for each core`.
    pub(crate) fn otherwise(mut self, words: &'static str) -> Self {
        self.otherwise = Some(words);
        self
    }

    /// A value that shows the form.
    pub(crate) fn example(mut self, value: &'static str) -> Self {
        self.example = Some(value);
        self
    }

    /// Production does not start without it.
    pub(crate) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Production does not start without it, or the other setting.
    pub(crate) fn required_unless(mut self, other: &'static str) -> Self {
        self.instead = Some(other);
        self.required()
    }

    /// Its value is never shown, and a file can hold it (`NAME_FILE`).
    pub(crate) fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }
}

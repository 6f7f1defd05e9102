//! A broken rule.

use crate::error::Code;

/// A broken rule: a code for programs and a message for people, which continues a sentence that begins with the name of
/// the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The error code, such as `length`.
    pub code: Code,
    /// What is allowed.
    pub message: String,
    /// Where in the value, as a JSON pointer (RFC 6901); empty for the whole.
    pub pointer: String,
}

impl RuleError {
    /// A broken rule.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), pointer: String::new() }
    }
}

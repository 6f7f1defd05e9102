//! The rules a value can have: one small function each, which the derive's attributes name and the engine calls.

mod number;
mod text;

use crate::error::Code;

pub use number::{Bound, Range};
pub use text::{email, length, one_of, pattern, url};

/// A broken rule: a code for programs, and a sentence for people that continues the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The code of the rule.
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

/// The candidate nearest to a word, if any is near enough to have been meant.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .iter()
        .map(|&candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count().max(3))
        .map(|(_, candidate)| candidate)
}

/// The sentence about an unknown word: what was meant, perhaps, and what is allowed.
pub fn unknown(what: &str, word: &str, allowed: &[&str]) -> String {
    let short: String = word.chars().take(64).collect();
    let mut sentence = format!("unknown {what} `{}`", short.escape_debug());
    // Long words are not typing mistakes, and comparing them costs time.
    if word.len() <= 64
        && let Some(nearest) = nearest(word, allowed)
    {
        sentence.push_str(&format!("; did you mean `{nearest}`?"));
    }
    match allowed {
        [] => sentence.push_str("; none is allowed here"),
        _ => sentence.push_str(&format!("; allowed: {}", allowed.join(", "))),
    }
    sentence
}

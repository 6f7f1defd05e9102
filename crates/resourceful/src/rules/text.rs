//! Rules for text.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use regex::Regex;

use super::rule_error::RuleError;
use crate::error::codes;

/// Checks a length, already counted.
///
/// # Errors
/// `length`, naming the bounds.
pub fn length(length: usize, min: Option<usize>, max: Option<usize>, unit: &str) -> Result<(), RuleError> {
    if min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max) {
        return Ok(());
    }
    let message = match (min, max) {
        (Some(min), Some(max)) if min == max => format!("must have exactly {min} {unit}s"),
        (Some(min), Some(max)) => format!("must have {min} to {max} {unit}s"),
        (Some(1), None) => format!("must have at least 1 {unit}"),
        (Some(min), None) => format!("must have at least {min} {unit}s"),
        (_, max) => format!("must have at most {} {unit}s", max.unwrap_or_default()),
    };
    Err(RuleError::new(codes::LENGTH, message))
}

/// Checks a regular expression, which must match somewhere.
///
/// # Errors
/// `pattern`, naming it.
pub fn pattern(pattern: &'static str, text: &str) -> Result<(), RuleError> {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Regex>>> = LazyLock::new(RwLock::default);
    let known = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern).cloned();
    let regex = match known {
        Some(regex) => regex,
        // The macro has parsed it; only a pattern that compiles to megabytes fails here.
        None => {
            let regex = Regex::new(pattern)
                .map_err(|_| RuleError::new(codes::PATTERN, "cannot be checked: the pattern is too large"))?;
            COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern, regex.clone());
            regex
        }
    };
    if regex.is_match(text) {
        Ok(())
    } else {
        Err(RuleError::new(codes::PATTERN, format!("must match the pattern {pattern}")))
    }
}

/// Checks an e-mail address as browsers do (WHATWG HTML, valid e-mail address), with a dot in the domain not required.
///
/// # Errors
/// `email`.
pub fn email(text: &str) -> Result<(), RuleError> {
    let wrong = || RuleError::new(codes::EMAIL, "must be an e-mail address such as ada@example.com");
    let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte));
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if local_ok && text.len() <= 254 && domain.split('.').all(label_ok) { Ok(()) } else { Err(wrong()) }
}

/// Checks an absolute http or https URL (WHATWG URL).
///
/// # Errors
/// `url`.
pub fn url(text: &str) -> Result<(), RuleError> {
    let is_valid = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if is_valid {
        Ok(())
    } else {
        Err(RuleError::new(codes::URL, "must be an http or https URL such as https://example.com/a"))
    }
}

/// Checks that a value is listed.
///
/// # Errors
/// `one-of`, naming all.
pub fn one_of(allowed: &[&str], text: &str) -> Result<(), RuleError> {
    if allowed.contains(&text) {
        return Ok(());
    }
    Err(RuleError::new(codes::ONE_OF, format!("must be one of {}", allowed.join(", "))))
}

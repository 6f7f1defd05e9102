//! Checking a value against a rule.

use rust_decimal::Decimal;

use super::number::Range;
use super::rule::Rule;
use super::rule_error::RuleError;
use super::text::{email, length, one_of, pattern, url};

/// A value as rules see it.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A whole number.
    Whole(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A decimal number.
    Decimal(Decimal),
}

/// Checks a value against a rule. A value of a kind to which the rule does not apply passes.
///
/// # Errors
/// The broken rule.
pub fn check(rule: &Rule, value: Subject<'_>) -> Result<(), RuleError> {
    match (*rule, value) {
        (Rule::Length { min, max }, Subject::Text(text)) => length(text.chars().count(), min, max, "character"),
        (Rule::Length { min, max }, Subject::Bytes(bytes)) => length(bytes.len(), min, max, "byte"),
        (Rule::Range { min, max, exclusive }, value) => {
            let range = Range { min, max, exclusive };
            match value {
                Subject::Whole(number) => range.check(number),
                Subject::F32(number) => range.check(number),
                Subject::F64(number) => range.check(number),
                Subject::Decimal(number) => range.check(number),
                Subject::Text(_) | Subject::Bytes(_) => Ok(()),
            }
        }
        (Rule::Pattern(expression), Subject::Text(text)) => pattern(expression, text),
        (Rule::Email, Subject::Text(text)) => email(text),
        (Rule::Url, Subject::Text(text)) => url(text),
        (Rule::OneOf(allowed), Subject::Text(text)) => one_of(allowed, text),
        (Rule::OneOf(allowed), Subject::Whole(number)) => one_of(allowed, &number.to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, Subject, check};

    #[test]
    fn a_rule_applies_to_its_kinds_of_values_only() {
        let length = Rule::Length { min: Some(2), max: Some(3) };
        assert!(check(&length, Subject::Text("äöü")).is_ok(), "characters are counted");
        assert!(check(&length, Subject::Bytes("äöü".as_bytes())).is_err(), "bytes are counted");
        assert!(check(&length, Subject::Whole(12_345)).is_ok());
        let range = Rule::Range { min: Some("0"), max: Some("10"), exclusive: true };
        assert!(check(&range, Subject::Whole(9)).is_ok());
        assert_eq!(check(&range, Subject::Whole(10)).expect_err("too large").code, "range");
        assert_eq!(check(&range, Subject::Decimal(rust_decimal::Decimal::TEN)).expect_err("too large").code, "range");
        assert!(check(&range, Subject::Text("10")).is_ok());
        assert_eq!(check(&Rule::OneOf(&["1", "2"]), Subject::Whole(3)).expect_err("unlisted").code, "one-of");
    }
}

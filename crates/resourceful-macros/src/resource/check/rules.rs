//! Which rule fits which type, as far as the spelling of the type shows.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Lit, LitStr};

use super::spelling::{Kind, Spelled};
use crate::attributes::{Bound as Limit, RangeInput, Value, Written};
use crate::errors::Errors;
use crate::grammar::FieldKey;
use crate::resource::model::{Bound, Demand, Fact, FieldInput, Rule};

const WHOLE: &str = "the field is a whole number; write a bound without a fraction";

/// A field's rules, in the order in which they are written, and what they require of its type.
pub(super) fn check_rules(field: &FieldInput, spelled: &Spelled, errors: &mut Errors) -> (Vec<Rule>, Vec<Demand>) {
    let (mut rules, mut demands) = (Vec::new(), Vec::new());
    for written in &field.keys.0 {
        let (kinds, bound, types): (&[Kind], Option<Bound>, _) = match written.key.id {
            FieldKey::Length => (&[Kind::Text, Kind::Bytes], Some(Bound::LengthRule), "String and Vec<u8>"),
            FieldKey::Range => (
                &[Kind::Whole, Kind::Float, Kind::Decimal],
                Some(Bound::RangeRule),
                "i16, i32, i64, f32, f64 and Decimal",
            ),
            FieldKey::Pattern | FieldKey::Email | FieldKey::Url | FieldKey::Search => {
                (&[Kind::Text], Some(Bound::TextRule), "String")
            }
            FieldKey::OneOf => (&[Kind::Text, Kind::Whole], None, "String, i16, i32 and i64"),
            _ => continue,
        };
        match (spelled.kind(), bound) {
            (Some(kind), _) if !kinds.contains(&kind) => {
                let (key, name, word) = (written.key.name, &field.ident, &spelled.word);
                errors.on(
                    &written.word,
                    format!("`{key}` does not fit the type of `{name}`, {word}; remove it\nallowed: {types}"),
                );
                continue;
            }
            (None, Some(bound)) => demands.push(Demand::Bound { bound, span: written.word.span() }),
            _ => {}
        }
        rules.extend(check_rule(written, spelled.kind(), &mut demands, errors));
    }
    (rules, demands)
}

fn check_rule(
    written: &Written<FieldKey>,
    kind: Option<Kind>,
    demands: &mut Vec<Demand>,
    errors: &mut Errors,
) -> Option<Rule> {
    Some(match (written.key.id, &written.value) {
        (FieldKey::Length, Value::Range(range)) => check_length(range, errors),
        (FieldKey::Range, Value::Range(range)) => check_range(range, kind, demands, errors),
        (FieldKey::Pattern, Value::Text(text)) => {
            check_pattern(text, errors);
            Rule::Pattern(text.value())
        }
        (FieldKey::OneOf, Value::Literals(literals)) => check_one_of(literals, kind, demands, errors),
        (FieldKey::Email, _) => Rule::Email,
        (FieldKey::Url, _) => Rule::Url,
        _ => return None,
    })
}

fn check_length(range: &RangeInput, errors: &mut Errors) -> Rule {
    let mut end = |limit: &Option<Limit>| -> Option<usize> {
        let limit = limit.as_ref()?;
        let number = limit.text.parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
        if number.is_none() {
            errors.at(
                limit.span,
                format!("a length cannot be {}\nallowed: whole numbers from 0 to {}", limit.text, u32::MAX),
            );
        }
        number
    };
    let (min, max) = (end(&range.min), end(&range.max));
    let max = if range.exclusive { max.map(|max| max.saturating_sub(1)) } else { max };
    let none = range.exclusive && range.max.as_ref().is_some_and(|max| max.text == "0");
    if none || min.zip(max).is_some_and(|(min, max)| min > max) {
        errors.at(
            range.span,
            "no length is in this range: it ends before it begins; write for example `length(1..=255)`",
        );
    }
    Rule::Length { min, max }
}

fn check_range(range: &RangeInput, kind: Option<Kind>, demands: &mut Vec<Demand>, errors: &mut Errors) -> Rule {
    for limit in [&range.min, &range.max].into_iter().flatten() {
        match kind {
            Some(Kind::Whole) if !limit.whole => errors.at(limit.span, WHOLE),
            None if !limit.whole => demands.push(Demand::fails(Fact::Whole, limit.span, WHOLE)),
            _ => {}
        }
        // Whole numbers of 64 bits and decimals of 28 digits are the widest that the engine compares with.
        if limit.whole && limit.text.parse::<i64>().is_err() {
            errors.at(limit.span, "this bound does not fit into 64 bits; leave this end of the range open");
        } else if limit.text.chars().filter(char::is_ascii_digit).count() > 28 || limit.text.contains(['e', 'E']) {
            errors.at(limit.span, "this bound is not a plain decimal number\nallowed: at most 28 digits, no exponent");
        }
    }
    let number = |limit: &Option<Limit>| limit.as_ref().and_then(|limit| limit.text.parse::<f64>().ok());
    let empty = number(&range.min)
        .zip(number(&range.max))
        .is_some_and(|(min, max)| min > max || (range.exclusive && min >= max));
    if empty {
        errors.at(range.span, "no number is in this range: it ends before it begins; write for example `range(0..=5)`");
    }
    let text = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.text.clone());
    Rule::Range { min: text(&range.min), max: text(&range.max), exclusive: range.exclusive }
}

fn check_pattern(text: &LitStr, errors: &mut Errors) {
    if let Err(error) = regex_syntax::parse(&text.value()) {
        let reason = match &error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        errors.on(text, format!("this is not a regular expression of the `regex` crate: {reason}"));
    }
}

fn check_one_of(literals: &[Lit], kind: Option<Kind>, demands: &mut Vec<Demand>, errors: &mut Errors) -> Rule {
    let mut values: Vec<String> = Vec::new();
    let is_text = match kind {
        Some(kind) => kind == Kind::Text,
        None => matches!(literals.first(), Some(Lit::Str(_))),
    };
    for literal in literals {
        let value = match literal {
            Lit::Str(string) if is_text => string.value(),
            Lit::Int(number) if !is_text => number.base10_digits().to_owned(),
            _ => {
                let allowed = if is_text { "strings such as \"low\"" } else { "whole numbers such as 5" };
                errors.on(literal, format!("this is not a value of the field's type\nallowed: {allowed}"));
                continue;
            }
        };
        if values.contains(&value) {
            errors.on(literal, format!("{value} is listed twice; remove one of the two"));
        }
        values.push(value);
    }
    if kind.is_none() {
        let span = literals.first().map_or_else(Span::call_site, Spanned::span);
        demands.push(if is_text {
            Demand::Bound { bound: Bound::TextRule, span }
        } else {
            Demand::holds(Fact::Whole, span, "the field is text; list strings such as \"low\"")
        });
    }
    Rule::OneOf(values)
}

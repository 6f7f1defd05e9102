//! Which rule fits which type, as far as the type can be seen.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Lit, LitStr};

use crate::errors::Errors;
use crate::resource::model::{Bound, Demand, InputField, InputRange, Rule, Spelled, Value, Written};

/// What a type holds, as far as its spelling tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Float,
    Decimal,
    Bool,
    Uuid,
    Timestamp,
    Calendar,
    Json,
    Bytes,
}

/// What a type holds; `None` when only the compiler knows.
pub(super) fn kind(spelled: &Spelled) -> Option<Kind> {
    Some(match spelled.word.as_str() {
        "String" => Kind::Text,
        "i16" | "i32" | "i64" => Kind::Whole,
        "f32" | "f64" => Kind::Float,
        "Decimal" => Kind::Decimal,
        "bool" => Kind::Bool,
        "Uuid" => Kind::Uuid,
        "DateTime" => Kind::Timestamp,
        "NaiveDate" | "NaiveTime" | "NaiveDateTime" => Kind::Calendar,
        "Json" => Kind::Json,
        "Vec" => Kind::Bytes,
        _ => return None,
    })
}

/// JSON or bytes, as far as it can be seen.
pub(super) fn is_incomparable(spelled: &Spelled) -> bool {
    matches!(kind(spelled), Some(Kind::Json | Kind::Bytes))
}

/// A field's rules, in the order in which they are written, and what they ask of its type.
pub(super) fn rules(field: &InputField, spelled: &Spelled, errors: &mut Errors) -> (Vec<Rule>, Vec<Demand>) {
    let (mut rules, mut demands) = (Vec::new(), Vec::new());
    for written in &field.keys.0 {
        let name = written.key.name;
        let (fitting, bound, fits): (&[Kind], _, _) = match name {
            "length" => (&[Kind::Text, Kind::Bytes], "length_rule", "String and Vec<u8>"),
            "range" => {
                (&[Kind::Whole, Kind::Float, Kind::Decimal], "range_rule", "i16, i32, i64, f32, f64 and Decimal")
            }
            "pattern" | "email" | "url" | "search" => (&[Kind::Text], "text_rule", "String"),
            "one_of" => (&[Kind::Text, Kind::Whole], "", "String, i16, i32 and i64"),
            _ => continue,
        };
        match kind(spelled) {
            Some(kind) if !fitting.contains(&kind) => {
                let what = if name == "search" { "`search`" } else { &format!("the rule `{name}`") };
                errors.on(&written.word, format!("{what} does not fit the type of `{}`; it fits {fits}", field.ident));
                continue;
            }
            None if !bound.is_empty() => demands.push(Demand::Bound(bound, written.word.span())),
            _ => {}
        }
        rules.extend(rule(written, kind(spelled), &mut demands, errors));
    }
    (rules, demands)
}

fn rule(written: &Written, kind: Option<Kind>, demands: &mut Vec<Demand>, errors: &mut Errors) -> Option<Rule> {
    Some(match (written.key.name, &written.value) {
        ("length", Value::Range(range)) => length(range, errors),
        ("range", Value::Range(range)) => number_range(range, kind, demands, errors),
        ("pattern", Value::Text(text)) => {
            check_pattern(text, errors);
            Rule::Pattern(text.value())
        }
        ("one_of", Value::Literals(literals)) => one_of(literals, kind, demands, errors),
        ("email", _) => Rule::Email,
        ("url", _) => Rule::Url,
        _ => return None,
    })
}

fn length(range: &InputRange, errors: &mut Errors) -> Rule {
    let mut end = |bound: &Option<Bound>| -> Option<usize> {
        let bound = bound.as_ref()?;
        let number = bound.text.parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
        if number.is_none() {
            errors.at(bound.span, format!("a length is a whole number from 0 to {}", u32::MAX));
        }
        number
    };
    let (min, max) = (end(&range.min), end(&range.max));
    let max = if range.exclusive { max.map(|max| max.saturating_sub(1)) } else { max };
    let none = range.exclusive && range.max.as_ref().is_some_and(|max| max.text == "0");
    if none || min.zip(max).is_some_and(|(min, max)| min > max) {
        errors.at(range.span, "no length is in this range: its end is before its beginning");
    }
    Rule::Length { min, max }
}

fn number_range(range: &InputRange, kind: Option<Kind>, demands: &mut Vec<Demand>, errors: &mut Errors) -> Rule {
    for bound in [&range.min, &range.max].into_iter().flatten() {
        match kind {
            Some(Kind::Whole) if !bound.whole => {
                errors.at(bound.span, "the field is a whole number, so the bound is one too")
            }
            None if !bound.whole => {
                let sentence = "the field is a whole number, so the bound is one too".to_owned();
                demands.push(Demand::Fact("is_whole", false, bound.span, sentence));
            }
            _ => {}
        }
        // Whole numbers of 64 bits and decimals of 28 digits are the widest that the engine compares with.
        if bound.whole && bound.text.parse::<i64>().is_err() {
            errors.at(bound.span, "the bound does not fit 64 bits; leave this end open");
        } else if bound.text.chars().filter(char::is_ascii_digit).count() > 28 || bound.text.contains(['e', 'E']) {
            errors.at(bound.span, "a bound has at most 28 digits and no exponent");
        }
    }
    let number = |bound: &Option<Bound>| bound.as_ref().and_then(|bound| bound.text.parse::<f64>().ok());
    let empty = number(&range.min)
        .zip(number(&range.max))
        .is_some_and(|(min, max)| min > max || (range.exclusive && min >= max));
    if empty {
        errors.at(range.span, "no number is in this range: its end is before its beginning");
    }
    let text = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.text.clone());
    Rule::Range { min: text(&range.min), max: text(&range.max), exclusive: range.exclusive }
}

fn check_pattern(text: &LitStr, errors: &mut Errors) {
    if let Err(error) = regex_syntax::parse(&text.value()) {
        let reason = match &error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        errors.on(text, format!("not a regular expression of the `regex` crate: {reason}"));
    }
}

fn one_of(literals: &[Lit], kind: Option<Kind>, demands: &mut Vec<Demand>, errors: &mut Errors) -> Rule {
    let mut values: Vec<String> = Vec::new();
    let text = match kind {
        Some(kind) => kind == Kind::Text,
        None => matches!(literals.first(), Some(Lit::Str(_))),
    };
    for literal in literals {
        let value = match literal {
            Lit::Str(string) if text => string.value(),
            Lit::Int(number) if !text => number.base10_digits().to_owned(),
            _ => {
                let what = if text { "strings such as \"low\"" } else { "whole numbers such as 5" };
                errors.on(literal, format!("`one_of` of this field lists {what}"));
                continue;
            }
        };
        if values.contains(&value) {
            errors.on(literal, "this value is listed twice; keep one");
        }
        values.push(value);
    }
    if kind.is_none() {
        let span = literals.first().map_or_else(Span::call_site, Spanned::span);
        demands.push(if text {
            Demand::Bound("text_rule", span)
        } else {
            Demand::Fact("is_whole", true, span, "`one_of` of this field lists strings".to_owned())
        });
    }
    Rule::OneOf(values)
}

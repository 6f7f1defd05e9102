//! The value of a field that a body leaves out.

use syn::{Expr, ExprLit, Lit, UnOp};

use super::draft::Draft;
use super::spelling::{Kind, Spelled};
use crate::attributes::Keys;
use crate::errors::Errors;
use crate::grammar::FieldKey;
use crate::resource::model::{DefaultValue, FieldInput, Rule};

/// The default, if one is given and fits the field.
pub(super) fn check_default(keys: &Keys<FieldKey>, spelled: &Spelled, errors: &mut Errors) -> Option<DefaultValue> {
    let expr = keys.expr(FieldKey::Default)?;
    let literal = literal_of(expr);
    let fits = match (literal, spelled.kind()) {
        (None, _) | (_, None) => true,
        (Some(Lit::Str(_)), Some(kind)) => matches!(kind, Kind::Text | Kind::Json),
        (Some(Lit::Bool(_)), Some(kind)) => matches!(kind, Kind::Bool | Kind::Json),
        (Some(Lit::Int(_)), Some(kind)) => matches!(kind, Kind::Whole | Kind::Json),
        (Some(Lit::Float(_)), Some(kind)) => matches!(kind, Kind::Float | Kind::Json),
        (Some(_), Some(_)) => true,
    };
    if !fits {
        let (word, example) = (&spelled.word, example_of(spelled));
        errors.on(expr, format!("this default is not a `{word}`; write for example `default = {example}`"));
        return None;
    }
    // A literal becomes what the field holds; any other expression is the field's value itself.
    let is_converted = match literal {
        Some(Lit::Str(_)) => true,
        Some(Lit::Int(_) | Lit::Float(_) | Lit::Bool(_)) => spelled.word == "Json",
        _ => false,
    };
    Some(DefaultValue {
        is_converted,
        is_text: matches!(literal, Some(Lit::Str(_))),
        is_in_some: literal.is_some() && spelled.optional,
        sql: literal.and_then(|literal| sql_of(expr, literal, &spelled.word)),
        expr: expr.clone(),
    })
}

fn example_of(spelled: &Spelled) -> &'static str {
    match spelled.kind() {
        Some(Kind::Text) => "\"text\"",
        Some(Kind::Whole) => "5",
        Some(Kind::Float) => "0.5",
        Some(Kind::Bool) => "true",
        Some(Kind::Decimal) => "Decimal::ONE",
        Some(Kind::Uuid) => "Uuid::nil()",
        Some(Kind::Timestamp) => "Utc::now()",
        _ => "Default::default()",
    }
}

/// Refuses a literal that the field's own rules refuse. What an expression gives, and what matches a pattern, is known at
/// the start of the application.
pub(super) fn check_keeps_rules(written: &FieldInput, draft: &Draft, errors: &mut Errors) {
    let Some(expr) = written.keys.expr(FieldKey::Default).filter(|_| draft.field.default.is_some()) else { return };
    let Some(literal) = literal_of(expr) else { return };
    let sign = if is_negative(expr) { "-" } else { "" };
    for rule in &draft.field.rules {
        if let Some(broken) = broken(rule, literal, sign) {
            let name = draft.name();
            errors.on(expr, format!("the default of `{name}` is a value that the field refuses: {broken}; change the default or the rule"));
        }
    }
}

/// Why the rule refuses the literal.
fn broken(rule: &Rule, literal: &Lit, sign: &str) -> Option<String> {
    match (rule, literal) {
        (Rule::Length { min, max }, Lit::Str(text)) => {
            let length = text.value().chars().count();
            // A range that ends before it begins has been reported.
            if min.zip(*max).is_some_and(|(min, max)| min > max) {
                return None;
            }
            let fits = min.is_none_or(|min| length >= min) && max.is_none_or(|max| length <= max);
            (!fits).then(|| format!("`length` does not allow {length} characters"))
        }
        (Rule::Range { min, max, exclusive }, Lit::Int(_) | Lit::Float(_)) => {
            let number = format!("{sign}{}", digits(literal)?);
            if min.as_ref().zip(max.as_ref()).is_some_and(|(min, max)| is_less(max, min)) {
                return None;
            }
            let below = min.as_ref().is_some_and(|min| is_less(&number, min));
            let above = max.as_ref().is_some_and(|max| is_less(max, &number) || (*exclusive && !is_less(&number, max)));
            (below || above).then(|| format!("`range` does not allow {number}"))
        }
        (Rule::OneOf(values), Lit::Str(_) | Lit::Int(_)) => {
            let value = match literal {
                Lit::Str(text) => text.value(),
                _ => format!("{sign}{}", digits(literal)?),
            };
            (!values.contains(&value)).then(|| format!("`one_of` does not list {value}"))
        }
        _ => None,
    }
}

fn digits(literal: &Lit) -> Option<String> {
    match literal {
        Lit::Int(number) => Some(number.base10_digits().to_owned()),
        Lit::Float(number) => Some(number.base10_digits().to_owned()),
        _ => None,
    }
}

/// Whole numbers are compared exactly.
fn is_less(one: &str, other: &str) -> bool {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one < other,
        _ => one.parse::<f64>().unwrap_or(f64::NAN) < other.parse::<f64>().unwrap_or(f64::NAN),
    }
}

fn is_negative(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(_) => true,
        Expr::Group(group) => is_negative(&group.expr),
        Expr::Paren(paren) => is_negative(&paren.expr),
        _ => false,
    }
}

/// The literal that an expression is, with a sign or without.
fn literal_of(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => literal_of(&unary.expr),
        Expr::Group(group) => literal_of(&group.expr),
        Expr::Paren(paren) => literal_of(&paren.expr),
        _ => None,
    }
}

/// The default as an SQL literal that both databases read.
fn sql_of(expr: &Expr, literal: &Lit, word: &str) -> Option<String> {
    let sign = if is_negative(expr) { "-" } else { "" };
    match (literal, word) {
        (Lit::Str(text), "String") if !text.value().contains('\0') => {
            Some(format!("'{}'", text.value().replace('\'', "''")))
        }
        (Lit::Bool(flag), "bool") => Some(if flag.value { "TRUE" } else { "FALSE" }.to_owned()),
        (Lit::Int(number), "i16" | "i32" | "i64") => Some(format!("{sign}{}", number.base10_digits())),
        (Lit::Float(number), "f32" | "f64") => Some(format!("{sign}{}", number.base10_digits())),
        _ => None,
    }
}

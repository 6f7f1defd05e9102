//! The value of a field that a body leaves out.

use syn::{Expr, ExprLit, Lit, UnOp};

use super::spelling::{Kind, Spelled};
use crate::attributes::Keys;
use crate::errors::Errors;
use crate::grammar::FieldKey;
use crate::resource::model::DefaultValue;

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
    let sign = if matches!(expr, Expr::Unary(_)) { "-" } else { "" };
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

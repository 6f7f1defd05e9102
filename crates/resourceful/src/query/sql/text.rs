//! Tests of text whose values are never patterns: what a database would read as a wildcard is escaped.
//!
//! Case is ignored by spelling out the variants of each character (`[eE][éÉ]`), because the functions that fold case
//! know only ASCII on SQLite and depend on the locale on PostgreSQL.

use sea_orm::DbBackend;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func};

use super::constant;
use super::fold::variants;
use crate::query::ast::Op;
use crate::resource::FieldValue;

/// The operator's test of a text column.
pub(super) fn test(backend: DbBackend, column: Expr, op: Op, value: &FieldValue) -> Expr {
    let FieldValue::String(Some(needle)) = value else {
        debug_assert!(false, "{op:?} is for text");
        return constant(false);
    };
    let postgres = backend == DbBackend::Postgres;
    match op {
        Op::IContains => contains_any_case(backend, column, needle),
        Op::StartsWith if postgres => column.like(format!("{}%", escape_like(needle))),
        Op::EndsWith if postgres => column.like(format!("%{}", escape_like(needle))),
        Op::StartsWith => column.binary(GLOB, format!("{}*", escape_glob(needle))),
        Op::EndsWith => column.binary(GLOB, format!("*{}", escape_glob(needle))),
        _ => {
            let position = Func::cust(if postgres { "strpos" } else { "instr" }).arg(column).arg(needle.as_str());
            Expr::from(position).gt(Expr::Constant(0.into()))
        }
    }
}

/// Whether the column holds these characters in any case.
pub(super) fn contains_any_case(backend: DbBackend, column: Expr, needle: &str) -> Expr {
    if backend == DbBackend::Postgres {
        column.binary(BinOper::Custom("~"), any_case(needle, escape_regex))
    } else {
        column.binary(GLOB, format!("*{}*", any_case(needle, escape_glob_char)))
    }
}

const GLOB: BinOper = BinOper::Custom("GLOB");

/// The needle with a class for each character that has variants. Only letters have, so a class needs no escapes.
fn any_case(needle: &str, escape: fn(char, &mut String)) -> String {
    let mut pattern = String::with_capacity(needle.len() * 4);
    for character in needle.chars() {
        match variants(character) {
            Some(variants) => {
                pattern.push('[');
                pattern.extend(variants);
                pattern.push(']');
            }
            None => escape(character, &mut pattern),
        }
    }
    pattern
}

fn escape_regex(character: char, pattern: &mut String) {
    // A backslash before a letter or a digit would give it a meaning; before anything else it takes the meaning away.
    if character.is_ascii_punctuation() {
        pattern.push('\\');
    }
    pattern.push(character);
}

fn escape_glob_char(character: char, pattern: &mut String) {
    match character {
        '*' | '?' | '[' => pattern.extend(['[', character, ']']),
        _ => pattern.push(character),
    }
}

fn escape_glob(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len());
    needle.chars().for_each(|character| escape_glob_char(character, &mut pattern));
    pattern
}

fn escape_like(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len());
    for character in needle.chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

//! Tests of text whose values are never patterns: what a database would read as a wildcard is escaped.
//!
//! The functions that fold case know only ASCII on SQLite and depend on the locale on PostgreSQL. So PostgreSQL is told
//! the variants of each character (`[eE][éÉ]`), and on SQLite those letters of the text that occur in the needle are replaced
//! by one spelling before the needle is searched for.
//!
//! Each test reads the text once, however long needle and text are and however much they repeat: of a pattern with a
//! wildcard in front (`LIKE '%..'`, `GLOB '*[eE]..'`) both databases try the rest again at every position.

use sea_orm::DbBackend;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func};

use super::constant::constant;
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
        Op::EndsWith if postgres => column.binary(BinOper::Custom("~"), format!("{}$", escaped(needle, escape_regex))),
        Op::StartsWith => column.binary(GLOB, format!("{}*", escaped(needle, escape_glob))),
        // With a length of zero, SQLite's `substr` would return the whole text.
        Op::EndsWith if needle.is_empty() => column.is_not_null(),
        Op::EndsWith => {
            let length = i64::try_from(needle.chars().count()).unwrap_or(i64::MAX);
            Expr::from(Func::cust("substr").arg(column).arg(-length)).eq(needle.as_str())
        }
        _ if postgres => holds("strpos", column, needle),
        _ => holds("instr", column, needle),
    }
}

fn holds(position: &'static str, column: Expr, needle: &str) -> Expr {
    Expr::from(Func::cust(position).arg(column).arg(needle)).gt(Expr::Constant(0.into()))
}

/// Whether the column holds these characters in any case.
pub(super) fn contains_any_case(backend: DbBackend, column: Expr, needle: &str) -> Expr {
    if backend == DbBackend::Postgres {
        column.binary(BinOper::Custom("~"), any_case(needle))
    } else {
        let (column, needle) = spelt_alike(column, needle);
        holds("instr", column, &needle)
    }
}

/// Column and needle, both with one spelling for each letter of the needle. `lower` folds the letters of ASCII; the other
/// variants of a letter are replaced, in the SQL itself, so that the same letters result in the same statement.
fn spelt_alike(column: Expr, needle: &str) -> (Expr, String) {
    let mut column = Expr::from(Func::lower(column));
    let mut spelt = String::with_capacity(needle.len());
    for character in needle.chars() {
        let variants = variants(character).unwrap_or_default();
        let ascii = variants.iter().find(|variant| variant.is_ascii_lowercase());
        let spelling = *ascii.or(variants.last()).unwrap_or(&character);
        if !spelt.contains(spelling) {
            for other in variants.iter().filter(|variant| **variant != spelling && !variant.is_ascii()) {
                let written = |letter: char| Expr::Constant(String::from(letter).into());
                column = Func::cust("replace").arg(column).arg(written(*other)).arg(written(spelling)).into();
            }
        }
        spelt.push(spelling);
    }
    (column, spelt)
}

const GLOB: BinOper = BinOper::Custom("GLOB");

/// The needle with a class for each character that has variants. Only letters have, so a class needs no escapes.
fn any_case(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len() * 4);
    for character in needle.chars() {
        match variants(character) {
            Some(variants) => {
                pattern.push('[');
                pattern.extend(variants);
                pattern.push(']');
            }
            None => escape_regex(character, &mut pattern),
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

fn escape_glob(character: char, pattern: &mut String) {
    match character {
        '*' | '?' | '[' => pattern.extend(['[', character, ']']),
        _ => pattern.push(character),
    }
}

fn escaped(needle: &str, escape: fn(char, &mut String)) -> String {
    let mut pattern = String::with_capacity(needle.len());
    needle.chars().for_each(|character| escape(character, &mut pattern));
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

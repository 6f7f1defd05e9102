//! A list as a text that is equal for equal queries, however they are written.
//!
//! Cursors are bound to it. Two different lists must never have the same text: a cursor of one would skip or repeat rows of
//! the other. Different texts for two spellings of one list are only inconvenient, so only simple differences are ignored:
//! members of groups in another order, repeated, or nested needlessly; lists of values as sets; double negations; equal
//! numbers.

use std::collections::BTreeSet;

use super::ast::{Filter, ListQuery, Op, Operand, SortKey, Test};
use super::sql::total;
use crate::resource::FieldValue;
use crate::spec::ResourceSpec;

/// The rows and their order. `ranked` says that the order is by rank, not by the keys.
pub fn canonical(spec: &ResourceSpec, list: &ListQuery, ranked: bool) -> String {
    let order: Vec<SortKey> = if ranked { Vec::new() } else { total(spec, &list.sort) };
    let order = order.iter().map(|key| (spec.fields[key.field].name, key.descending)).collect::<Vec<_>>();
    // Words ignore case. Only the case of ASCII letters is simple.
    let words: BTreeSet<String> = list.words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let filter = list.filter.as_ref().map(|filter| self::filter(filter, false));
    // A group without members is no condition.
    let filter = filter.filter(|filter| *filter != group(true, BTreeSet::new()));
    format!("{ranked} {order:?} {words:?} {filter:?}")
}

/// A filter, or its negation. Every test is true or false, so groups can be negated member by member.
fn filter(filter: &Filter, negated: bool) -> String {
    match filter {
        Filter::Not(inner) => self::filter(inner, !negated),
        Filter::And(_) | Filter::Or(_) => {
            let all = matches!(filter, Filter::And(_)) != negated;
            let mut members = BTreeSet::new();
            gather(filter, negated, all, &mut members);
            group(all, members)
        }
        Filter::Related { relation, filter } => {
            let inner = self::filter(filter, false);
            format!("{}related({:?} {inner})", if negated { "!" } else { "" }, relation.name)
        }
        Filter::Test(test) => self::test(test, negated),
    }
}

/// The members of a group and of groups of the same kind directly inside.
fn gather(filter: &Filter, negated: bool, all: bool, members: &mut BTreeSet<String>) {
    match filter {
        Filter::Not(inner) => gather(inner, !negated, all, members),
        Filter::And(parts) | Filter::Or(parts)
            if (matches!(filter, Filter::And(_)) != negated) == all || parts.len() == 1 =>
        {
            parts.iter().for_each(|part| gather(part, negated, all, members));
        }
        other => {
            members.insert(self::filter(other, negated));
        }
    }
}

fn group(all: bool, mut members: BTreeSet<String>) -> String {
    match members.len() {
        1 => members.pop_first().unwrap_or_default(),
        _ => format!("{}({})", if all { "all" } else { "any" }, members.into_iter().collect::<Vec<_>>().join(" ")),
    }
}

fn test(test: &Test, negated: bool) -> String {
    let (op, negated) = match test.op {
        Op::Ne => (Op::Eq, !negated),
        Op::NotIn => (Op::In, !negated),
        op => (op, negated),
    };
    let (op, operand, negated) = match &test.operand {
        Operand::Flag(flag) => (op.word(), String::new(), negated == *flag),
        // The needle ignores case, as words do.
        Operand::Value(FieldValue::String(Some(text))) if op == Op::IContains => {
            (op.word(), format!("{:?}", text.to_ascii_lowercase()), negated)
        }
        Operand::Value(one) => (op.word(), value(one), negated),
        Operand::List(values) => {
            let mut values: BTreeSet<String> = values.iter().map(value).collect();
            match values.len() {
                1 => (Op::Eq.word(), values.pop_first().unwrap_or_default(), negated),
                _ => (op.word(), format!("{values:?}"), negated),
            }
        }
    };
    format!("{}{:?} {op} {operand}", if negated { "!" } else { "" }, test.path)
}

/// Numbers that are equal have the same text.
fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Decimal(Some(number)) => format!("{:?}", FieldValue::Decimal(Some(number.normalize()))),
        // Zero has a sign that comparisons ignore.
        FieldValue::Double(Some(number)) => format!("{:?}", FieldValue::Double(Some(number + 0.0))),
        FieldValue::Float(Some(number)) => format!("{:?}", FieldValue::Float(Some(number + 0.0))),
        other => format!("{other:?}"),
    }
}

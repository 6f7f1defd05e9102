//! Checking the value of a field against the rules of the field.

use super::types::FieldValue;
use crate::rules::{self, RuleError, Subject};
use crate::spec::FieldSpec;

/// The rules of a field that a value breaks; `check` functions are not among them. Null breaks none.
pub(crate) fn broken_rules(field: &FieldSpec, value: &FieldValue) -> impl Iterator<Item = RuleError> {
    let subject = subject(value);
    field.rules.iter().filter_map(move |rule| rules::check(rule, subject?).err())
}

fn subject(value: &FieldValue) -> Option<Subject<'_>> {
    match value {
        FieldValue::String(Some(text)) => Some(Subject::Text(text)),
        FieldValue::Bytes(Some(bytes)) => Some(Subject::Bytes(bytes)),
        FieldValue::SmallInt(Some(number)) => Some(Subject::Whole(i64::from(*number))),
        FieldValue::Int(Some(number)) => Some(Subject::Whole(i64::from(*number))),
        FieldValue::BigInt(Some(number)) => Some(Subject::Whole(*number)),
        FieldValue::Float(Some(number)) => Some(Subject::F32(*number)),
        FieldValue::Double(Some(number)) => Some(Subject::F64(*number)),
        FieldValue::Decimal(Some(number)) => Some(Subject::Decimal(*number)),
        _ => None,
    }
}

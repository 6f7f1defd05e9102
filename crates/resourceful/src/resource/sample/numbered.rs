//! Deterministic sample values, indexed by a number.

use serde_json::{Value, json};

use super::examples::{bounds, guesses, is_valid, named};
use super::pattern;
use crate::spec::{Kind, ResourceSpec, Rule};

/// Values that pass the field's rules, the most plausible first. Different numbers make different values, where the rules
/// allow it. `check` functions may refuse all of them.
pub(crate) fn values(spec: &'static ResourceSpec, index: usize, number: usize) -> Vec<Value> {
    let field = &spec.fields[index];
    let own = numbered(spec, index, number).into_iter();
    own.chain(guesses(spec, index)).filter(|guess| is_valid(field, guess)).collect()
}

/// Values that differ from number to number.
fn numbered(spec: &'static ResourceSpec, index: usize, number: usize) -> Vec<Value> {
    let field = &spec.fields[index];
    let days = i64::try_from(number % 20_000).unwrap_or(0);
    let moment = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(days);
    match field.ty.kind {
        Kind::String => {
            let extra = u32::try_from(number % 64).unwrap_or(0);
            let patterns = field.rules.iter().filter_map(|rule| match *rule {
                Rule::Pattern(text) => pattern::sample(text, extra),
                _ => None,
            });
            let patterns: Vec<String> = patterns.collect();
            let texts = [
                format!("{} {number}", named(spec, index)),
                format!("{}-{number}", named(spec, index).replace(' ', "-").to_lowercase()),
                format!("n{number}"),
                number.to_string(),
                format!("{number:08}"),
                format!("{number:040}"),
                format!("user{number}@example.com"),
                format!("https://example.com/{number}"),
            ];
            let texts = texts.into_iter().chain(patterns.iter().map(|sample| spelled(sample, number)));
            let texts: Vec<String> = texts.collect();
            texts.into_iter().chain(patterns).map(Value::from).collect()
        }
        Kind::I16 | Kind::I32 | Kind::I64 => {
            let least = bounds(field).filter_map(|text| text.parse::<i64>().ok()).next();
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            [Some(number), least.map(|least| least.saturating_add(number))]
                .into_iter()
                .flatten()
                .map(Value::from)
                .collect()
        }
        Kind::F32 | Kind::F64 => vec![json!(number as f64 + 0.5)],
        Kind::Decimal => vec![json!(format!("{number}.50")), json!(number.to_string())],
        Kind::Uuid => vec![json!(uuid::Uuid::now_v7())],
        Kind::Date => vec![json!(moment.format("%Y-%m-%d").to_string())],
        Kind::DateTime => vec![json!(moment.format("%Y-%m-%dT%H:%M:%S").to_string())],
        Kind::Timestamp => vec![json!(moment.format("%Y-%m-%dT%H:%M:%SZ").to_string())],
        Kind::Bool | Kind::Time | Kind::Json(_) | Kind::Bytes | Kind::Enum(_) | Kind::File => Vec::new(),
    }
}

/// A text of the same form whose digits and letters spell a number, from the end.
fn spelled(text: &str, mut number: usize) -> String {
    let mut spell = |letter: char| {
        let (first, count) = match letter {
            '0'..='9' => (b'0', 10_u8),
            'a'..='z' => (b'a', 26),
            'A'..='Z' => (b'A', 26),
            other => return other,
        };
        let digit = number % usize::from(count);
        number /= usize::from(count);
        char::from(first + u8::try_from(digit).unwrap_or(0))
    };
    let backwards: Vec<char> = text.chars().rev().map(&mut spell).collect();
    backwards.into_iter().rev().collect()
}

//! How long answers are kept.

use syn::Expr;

use super::draft::Draft;
use crate::attributes::Keys;
use crate::durations::check_duration;
use crate::errors::{self, Errors};
use crate::grammar::{CacheOption, Operation, StructKey, Word};
use crate::resource::model::{CacheTimes, Computed, OfferedOperation};

/// The operations whose answers are kept.
const KEPT: [Operation; 5] =
    [Operation::List, Operation::Count, Operation::Get, Operation::SelfList, Operation::SelfGet];

/// The times of `cache`.
pub(super) fn check_cache(
    keys: &Keys<StructKey>,
    drafts: &[Draft],
    computed: &[Computed],
    operations: &[OfferedOperation],
    errors: &mut Errors,
) -> Option<CacheTimes> {
    let word = keys.word(StructKey::Cache)?;
    let (mut ttl, mut max_age) = (None, None);
    for (name, text) in keys.durations(StructKey::Cache).unwrap_or(&[]) {
        let slot = match CacheOption::find(&name.to_string()) {
            Some(CacheOption::Ttl) => &mut ttl,
            Some(CacheOption::MaxAge) => &mut max_age,
            None => {
                errors.on(name, errors::unknown("option {} of `cache`", &name.to_string(), &CacheOption::names()));
                continue;
            }
        };
        if slot.is_some() {
            errors.on(name, format!("`{name}` is given twice in `cache`; remove one of the two"));
        }
        *slot = Some((name, text, check_duration(text, errors)));
    }
    let kept: Vec<&OfferedOperation> = operations.iter().filter(|offered| KEPT.contains(&offered.operation)).collect();
    if kept.is_empty() {
        errors.on(word, "`cache` has no effect: the resource offers none of `list`, `get` and `count`; remove it");
    }
    if let Some((name, text, Some(millis))) = max_age {
        check_whole_seconds(text, millis, errors);
        let why = if kept.iter().all(|offered| offered.permission.is_some()) {
            Some("none of `list`, `get` and `count` is public".to_owned())
        } else if keys.has(StructKey::Policy) {
            Some("with `policy` the answers depend on the caller".to_owned())
        } else {
            let field = drafts.iter().find(|draft| draft.field.read.is_some()).map(Draft::name);
            let field = field.or_else(|| computed.iter().find(|one| one.read.is_some()).map(|one| one.name.as_str()));
            field.map(|field| format!("`{field}` has `read`, so the answers depend on the caller"))
        };
        if let Some(why) = why {
            errors.on(name, format!("`max_age` has no effect: {why}; remove it"));
        }
    }
    let time = |option: Option<(_, _, Option<u64>)>| option.and_then(|(_, _, millis)| millis);
    Some(CacheTimes { ttl: time(ttl), max_age: time(max_age) })
}

/// `max-age` counts seconds (RFC 9111 section 1.2.2).
fn check_whole_seconds(text: &Expr, millis: u64, errors: &mut Errors) {
    if !millis.is_multiple_of(1_000) {
        errors.on(text, "`max_age` counts whole seconds; write for example \"30s\"");
    }
}

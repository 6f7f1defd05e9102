//! `unique(a, b)`: fields that are unique together.

use syn::ext::IdentExt;

use super::draft::{Draft, field_names};
use crate::attributes::{Keys, Value};
use crate::errors::{self, Errors};
use crate::grammar::StructKey;
use crate::resource::model::Role;

/// The sets of fields whose values together are unique.
pub(super) fn check_unique(keys: &Keys<StructKey>, drafts: &[Draft], errors: &mut Errors) -> Vec<Vec<String>> {
    let mut sets: Vec<Vec<String>> = Vec::new();
    for written in keys.all(StructKey::Unique) {
        let Value::Words(words) = &written.value else { continue };
        let mut set: Vec<String> = Vec::new();
        for word in words {
            let name = word.unraw().to_string();
            let message = match drafts.iter().find(|draft| draft.name() == name) {
                None => errors::unknown("field {} in `unique`", &name, &field_names(drafts)),
                Some(_) if set.contains(&name) => format!("`{name}` is given twice; remove one of the two"),
                Some(draft) if draft.field.role == Role::Id => {
                    format!("`{name}` is the id, which is unique already; remove it")
                }
                Some(draft) if draft.field.unique => {
                    format!("`{name}` is `unique` already; remove it here, or from the field")
                }
                Some(draft) if draft.spelled.is_incomparable() => {
                    format!("`{name}` is {}, which databases do not compare; remove it", draft.spelled.describe())
                }
                Some(_) => {
                    set.push(name);
                    continue;
                }
            };
            errors.on(word, message);
        }
        if set.len() < words.len() {
            continue;
        }
        let same = |other: &Vec<String>| other.len() == set.len() && set.iter().all(|name| other.contains(name));
        match set.as_slice() {
            [] => {}
            [name] => errors.on(
                &written.word,
                format!(
                    "`unique` on the struct needs at least two fields; for one, write `#[resource(unique)]` on `{name}`"
                ),
            ),
            _ if sets.iter().any(same) => {
                errors.on(&written.word, "these fields are `unique` together already; remove one of the two");
            }
            _ => sets.push(set),
        }
    }
    sets
}

//! `unique(a, b)`: fields that are unique together.

use syn::ext::IdentExt;

use super::rules;
use crate::errors::{self, Errors};
use crate::resource::model::{Field, Keys, Role, Value};

/// The sets of fields that no two rows hold alike.
pub(super) fn unique(keys: &Keys, fields: &[Field], errors: &mut Errors) -> Vec<Vec<String>> {
    let mut sets: Vec<Vec<String>> = Vec::new();
    for written in keys.0.iter().filter(|written| written.key.name == "unique") {
        let Value::Words(words) = &written.value else { continue };
        let mut set: Vec<String> = Vec::new();
        for word in words {
            let name = word.unraw().to_string();
            let mistake = match fields.iter().find(|field| field.name == name) {
                None => {
                    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                    errors::unknown("field {}", &name, &names)
                }
                Some(_) if set.contains(&name) => format!("`{name}` is given twice; keep one"),
                Some(field) if field.role == Role::Id => {
                    format!("`{name}` is the id, which is unique without other fields")
                }
                Some(field) if field.unique => {
                    format!("`{name}` is `unique` by itself, so nothing is left to be unique together")
                }
                Some(field) if rules::is_incomparable(&field.spelled) => {
                    format!("`{name}` is JSON or bytes, which are not compared")
                }
                Some(_) => {
                    set.push(name);
                    continue;
                }
            };
            errors.on(word, mistake);
        }
        if set.len() < words.len() {
            continue;
        }
        let same = |other: &Vec<String>| other.len() == set.len() && set.iter().all(|name| other.contains(name));
        match set.as_slice() {
            [] | [_] => errors.on(
                &written.word,
                "`unique` on the struct names at least two fields; on one field, the field says `unique` itself",
            ),
            _ if sets.iter().any(same) => {
                errors.on(&written.word, "these fields are `unique` together already; keep one")
            }
            _ => sets.push(set),
        }
    }
    sets
}

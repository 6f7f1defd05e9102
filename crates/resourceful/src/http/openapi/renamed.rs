//! Components of a document of the user's own with the names of generated ones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::numbered;

/// Gives the components of `other` that `document` has in another form under the same name a number, with all that refers
/// to them.
pub(super) fn rename_components(document: &Value, other: &mut Value) {
    let mut renamed = BTreeMap::new();
    for kind in ["schemas", "parameters", "responses", "headers"] {
        let pointer = format!("/components/{kind}");
        let Some(ours) = document.pointer(&pointer).and_then(Value::as_object) else { continue };
        let Some(theirs) = other.pointer_mut(&pointer).and_then(Value::as_object_mut) else { continue };
        let differs = |(name, value): &(&String, &Value)| ours.get(*name).is_some_and(|own| own != *value);
        let names: Vec<String> = theirs.iter().filter(differs).map(|(name, _)| name.clone()).collect();
        for name in names {
            let new = numbered(&name, |new| !ours.contains_key(new) && !theirs.contains_key(new));
            if let Some(value) = theirs.remove(&name) {
                theirs.insert(new.clone(), value);
            }
            renamed.insert(format!("#/components/{kind}/{name}"), format!("#/components/{kind}/{new}"));
        }
    }
    if !renamed.is_empty() {
        follow(other, &renamed);
    }
}

fn follow(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| follow(item, renamed)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), &mut *member) {
                    ("$ref", Value::String(text)) => {
                        if let Some(new) = renamed.get(text.as_str()) {
                            text.clone_from(new);
                        }
                    }
                    // The mapping of a discriminator contains references as well.
                    ("mapping", Value::Object(variants)) => variants.values_mut().for_each(|variant| {
                        if let Some(new) = variant.as_str().and_then(|text| renamed.get(text)) {
                            *variant = Value::String(new.clone());
                        }
                    }),
                    _ => follow(member, renamed),
                }
            }
        }
        _ => {}
    }
}

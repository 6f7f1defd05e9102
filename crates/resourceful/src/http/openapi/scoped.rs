//! The requirement of a scope of actix services, added to the operations of the user's own document below its path.

use serde_json::{Map, Value, json};

use super::access::{self, Access};
use super::responses;
use crate::http::path::is_parameter;
use crate::spec::Requirement;

/// The keys of a path that are operations (OpenAPI 3.1 section 4.8.9).
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Adds the requirement and the responses 401 and 403 to the operations of `other` at and below a path, where they do not
/// state their own; the responses become components of `document`.
pub(super) fn add_requirement(document: &mut Value, other: &mut Value, path: &str, requires: Requirement) {
    let Some(paths) = other.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let below = paths.iter_mut().filter(|(found, _)| is_at_or_below(found, path));
    let operations = below.filter_map(|(_, item)| item.as_object_mut()).flat_map(|item| {
        item.iter_mut()
            .filter(|(name, _)| METHODS.contains(&name.as_str()))
            .filter_map(|(_, value)| value.as_object_mut())
    });
    let mut statuses = vec![401];
    if requires != Requirement::Public {
        statuses.push(403);
    }
    let mut found = false;
    for operation in operations {
        found = true;
        add_to(operation, requires, &statuses);
    }
    let components = document.pointer_mut("/components/responses").and_then(Value::as_object_mut);
    if let (true, Some(components)) = (found, components) {
        for status in statuses {
            components.entry(responses::name(status)).or_insert_with(|| responses::component(status));
        }
    }
}

fn add_to(operation: &mut Map<String, Value>, requires: Requirement, statuses: &[u16]) {
    let Access { security, extensions, sentence } = Access::of(&[requires]);
    if !operation.contains_key("security") {
        let text = operation.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = access::with_sentence(text, &sentence);
        operation.insert("description".to_owned(), json!(text));
        operation.insert("security".to_owned(), security);
    }
    for (name, value) in extensions {
        operation.entry(name).or_insert(value);
    }
    if let Some(answers) = operation.entry("responses").or_insert_with(|| json!({})).as_object_mut() {
        for status in statuses {
            answers.entry(status.to_string()).or_insert_with(|| responses::reference(*status));
        }
    }
}

/// Whether a path of a document is served by the scope: the names of parameters may differ.
fn is_at_or_below(found: &str, path: &str) -> bool {
    let (mut words, scope) = (found.trim_end_matches('/').split('/'), path.split('/'));
    scope.into_iter().all(|expected| {
        words.next().is_some_and(|word| word == expected || (is_parameter(word) && is_parameter(expected)))
    })
}

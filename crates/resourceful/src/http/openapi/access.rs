//! What an operation requires of its caller, as the document says it.

use serde_json::{Map, Value, json};

use crate::spec::Requirement;

/// The requirements of an operation: as OpenAPI's `security`, as extensions for programs, and as a sentence for people.
pub(super) struct Access {
    pub(super) security: Value,
    /// All of `x-permissions` are required, and one of `x-permissions-any`; `x-role` and `x-scope` name one each. If scopes
    /// around an operation have requirements too, each of the last three becomes a list, all of which are required.
    pub(super) extensions: Map<String, Value>,
    pub(super) sentence: String,
}

impl Access {
    /// Of requirements, all of which must be met.
    pub(super) fn of(requires: &[Requirement]) -> Self {
        let mut required: Vec<&Requirement> = Vec::new();
        for requirement in requires {
            if *requirement != Requirement::Public && !required.contains(&requirement) {
                required.push(requirement);
            }
        }
        if required.is_empty() {
            let (security, sentence) = (json!([{}, {"bearer": []}]), "Public: no access token is required.".to_owned());
            return Self { security, extensions: Map::new(), sentence };
        }
        let mut all: Vec<&str> = Vec::new();
        let (mut any, mut roles, mut scopes) = (Vec::new(), Vec::new(), Vec::new());
        for requirement in &required {
            match requirement {
                Requirement::Public => {}
                Requirement::Permission(_) | Requirement::All(_) => {
                    let new = requirement.permissions().iter().filter(|&name| !all.contains(name)).copied();
                    let new: Vec<&str> = new.collect();
                    all.extend(new);
                }
                Requirement::Any(names) => any.push(json!(names)),
                Requirement::Role(name) => roles.push(json!(name)),
                Requirement::Scope(name) => scopes.push(json!(name)),
            }
        }
        let mut extensions = Map::new();
        if !all.is_empty() {
            extensions.insert("x-permissions".to_owned(), json!(all));
        }
        for (name, mut values) in [("x-permissions-any", any), ("x-role", roles), ("x-scope", scopes)] {
            let value = if values.len() > 1 { Some(json!(values)) } else { values.pop() };
            extensions.extend(value.map(|value| (name.to_owned(), value)));
        }
        let sentence = required.iter().map(|requirement| sentence(requirement)).collect::<Vec<_>>().join(" ");
        Self { security: json!([{"bearer": []}]), extensions, sentence }
    }
}

fn sentence(requires: &Requirement) -> String {
    let quoted =
        |names: &[&str], between: &str| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between);
    match requires {
        Requirement::Public => String::new(),
        Requirement::Permission(name) => format!("Requires the permission `{name}`."),
        Requirement::All(names) => format!("Requires the permissions {}.", quoted(names, " and ")),
        Requirement::Any(names) => format!("Requires the permission {}.", quoted(names, " or ")),
        Requirement::Role(name) => format!("Requires the role `{name}`."),
        Requirement::Scope(name) => format!("Requires the OAuth scope `{name}`."),
    }
}

/// A description that ends with the sentence.
pub(super) fn with_sentence(text: &str, sentence: &str) -> String {
    [text, sentence].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

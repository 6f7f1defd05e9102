//! What an operation asks of its caller, in the words of the document.

use serde_json::{Map, Value, json};

use crate::spec::Requirement;

/// What an operation asks: OpenAPI's own word, what the caller must hold for programs, and the same for people.
pub(super) struct Access {
    pub(super) security: Value,
    /// `x-permissions` are all needed, of `x-permissions-any` one; `x-role` and `x-scope` name one. Where the scopes
    /// around an operation ask too, what would be one name of the last three kinds is the list of all that are needed.
    pub(super) extensions: Map<String, Value>,
    pub(super) sentence: String,
}

impl Access {
    /// What must hold, all of it.
    pub(super) fn of(requires: &[Requirement]) -> Self {
        let mut asked: Vec<&Requirement> = Vec::new();
        for requirement in requires {
            if *requirement != Requirement::Public && !asked.contains(&requirement) {
                asked.push(requirement);
            }
        }
        if asked.is_empty() {
            let (security, sentence) = (json!([{}, {"bearer": []}]), "Open to everybody.".to_owned());
            return Self { security, extensions: Map::new(), sentence };
        }
        let mut all: Vec<&str> = Vec::new();
        let (mut any, mut roles, mut scopes) = (Vec::new(), Vec::new(), Vec::new());
        for requirement in &asked {
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
        let sentence = asked.iter().map(|requirement| sentence(requirement)).collect::<Vec<_>>().join(" ");
        Self { security: json!([{"bearer": []}]), extensions, sentence }
    }
}

fn sentence(requires: &Requirement) -> String {
    let quoted =
        |names: &[&str], between: &str| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between);
    match requires {
        Requirement::Public => String::new(),
        Requirement::Permission(name) => format!("Needs the permission `{name}`."),
        Requirement::All(names) => format!("Needs the permissions {}.", quoted(names, " and ")),
        Requirement::Any(names) => format!("Needs the permission {}.", quoted(names, " or ")),
        Requirement::Role(name) => format!("Needs the role `{name}`."),
        Requirement::Scope(name) => format!("Needs the scope `{name}`."),
    }
}

/// A description that ends with the sentence.
pub(super) fn with_sentence(text: &str, sentence: &str) -> String {
    [text, sentence].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

//! The file of roles that `diff` and `sync` read (`--roles`).

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::error::StartupError;
use crate::rules;

/// A role as the file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedRole {
    pub(super) name: String,
    /// If it is not given, the tenant's description does not change.
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: Vec<WantedRole>,
}

const FORM: &str =
    r#"{"roles": [{"name": "editor", "description": "Edits projects", "permissions": ["projects:read"]}]}"#;

/// Reads the file.
pub(super) fn read(path: &str) -> Result<Vec<WantedRole>, StartupError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| StartupError::new(format!("the file of roles `{path}` cannot be read: {error}")))?;
    parse(&text).map_err(|problem| StartupError::new(format!("the file of roles `{path}` is invalid: {problem}")))
}

fn parse(text: &str) -> Result<Vec<WantedRole>, String> {
    let File { roles } =
        serde_json::from_str(text).map_err(|error| format!("{error}. The file must be JSON of this form: {FORM}"))?;
    let mut names = BTreeSet::new();
    let mut problems = Vec::new();
    for (place, role) in roles.iter().enumerate() {
        if role.name.trim().is_empty() {
            problems.push(format!("role number {} has no name", place + 1));
        } else if !names.insert(&role.name) {
            problems.push(format!("the role `{}` is listed twice", role.name));
        }
        let unique: BTreeSet<&String> = role.permissions.iter().collect();
        if unique.len() < role.permissions.len() {
            problems.push(format!("the role `{}` lists a permission twice", role.name));
        }
    }
    if problems.is_empty() { Ok(roles) } else { Err(list(&problems)) }
}

/// Checks that the API has, or gets, every permission of the roles.
pub(super) fn check(roles: &[WantedRole], known: &BTreeSet<&str>) -> Result<(), StartupError> {
    let known_names: Vec<&str> = known.iter().copied().collect();
    let of_role = |role: &WantedRole| {
        let unknown = role.permissions.iter().filter(|name| !known.contains(name.as_str()));
        unknown
            .map(|name| format!("the role `{}`: {}", role.name, rules::unknown("permission", name, &known_names)))
            .collect::<Vec<_>>()
    };
    let problems: Vec<String> = roles.iter().flat_map(of_role).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(StartupError::new(format!(
        "the roles contain permissions that neither the code nor the tenant has:{}",
        list(&problems)
    )))
}

fn list(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("\n  - {problem}")).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn files() {
        for (text, expected) in [
            (r#"{"roles": []}"#, Ok(0)),
            (r#"{"roles": [{"name": "a"}, {"name": "b", "description": "B", "permissions": ["x:y"]}]}"#, Ok(2)),
            ("", Err("must be JSON of this form")),
            ("[[roles]]\nname = \"a\"", Err("must be JSON of this form")),
            (r#"{"roles": [{"name": "a", "permission": []}]}"#, Err("unknown field `permission`")),
            (r#"{"roles": [{"name": "a"}, {"name": "a"}]}"#, Err("`a` is listed twice")),
            (
                r#"{"roles": [{"name": " "}, {"name": "a", "permissions": ["x", "x"]}]}"#,
                Err("role number 1 has no name"),
            ),
            (
                r#"{"roles": [{"name": " "}, {"name": "a", "permissions": ["x", "x"]}]}"#,
                Err("lists a permission twice"),
            ),
        ] {
            match (parse(text), expected) {
                (Ok(roles), Ok(count)) => assert_eq!(roles.len(), count, "{text}"),
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{text}: {problem}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
    }
}

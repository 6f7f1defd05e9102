//! The path in front of every path of the API, with the parameters of the scopes around it.

use serde_json::{Value, json};

use super::input::DocumentInput;
use super::names::numbered;
use crate::http::path;

/// The path in front of every path of the API, and the parameters in it.
#[derive(Default)]
pub(super) struct Surroundings {
    pub(super) path: String,
    pub(super) parameters: Vec<Value>,
}

impl Surroundings {
    /// Parameters with the name of one of the API's own get a number, because a path may contain a name only once.
    pub(super) fn of(input: &DocumentInput<'_>) -> Self {
        let mut around = Self::default();
        let prefix = input.api_prefix.trim_end_matches('/');
        if prefix.is_empty() {
            return around;
        }
        let (before_all, names) = path::in_openapi(prefix);
        let own = input.endpoints.iter().flat_map(|endpoint| path::in_openapi(&endpoint.path).1);
        let mut known: Vec<String> = own.chain(["id".to_owned()]).collect();
        let mut rest = before_all.as_str();
        for (place, name) in names.iter().enumerate() {
            let taken = |free: &str| known.iter().chain(&names[place + 1..]).any(|known| known == free);
            let free = numbered(name, |free| !taken(free));
            let (before, after) = rest.split_once(&format!("{{{name}}}")).unwrap_or((rest, ""));
            around.path.push_str(&format!("{before}{{{free}}}"));
            around.parameters.push(json!({"name": free, "in": "path", "required": true, "schema": any_word()}));
            rest = after;
            known.push(free);
        }
        around.path.push_str(rest);
        around
    }
}

/// The schema of a path parameter whose type is not known.
pub(super) fn any_word() -> Value {
    json!({"type": "string", "minLength": 1})
}

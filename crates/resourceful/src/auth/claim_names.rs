//! The names of the claims that differ between issuers, and how a claim is found by its name.

use serde_json::{Map, Value};

/// The names of the claims that differ between issuers.
///
/// A name is that of a claim, or a path into claims that are objects: `realm_access.roles` is the member `roles` of the
/// claim `realm_access`. A claim whose own name has dots, such as `https://example.com/roles`, is found first. A path that
/// ends with `.*` stands for the names of an object's members: `roles.*` of `{"roles": {"admin": {}}}` is `admin`.
///
/// Lists are collected from all names; of texts, the first that the token has is used. Without names, the claim is not
/// read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The permissions, a list of strings or a text with spaces between them; `permissions` by default, where Auth0's RBAC
    /// puts them.
    pub permissions: Vec<String>,
    /// The roles, in the same form; `roles` by default.
    pub roles: Vec<String>,
    /// The e-mail address, a string; `email` by default.
    pub email: Vec<String>,
    /// The APIs that the token is for, a string or a list of strings; `aud` by default.
    pub audience: Vec<String>,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let one = |name: &str| vec![name.to_owned()];
        Self { permissions: one("permissions"), roles: one("roles"), email: one("email"), audience: one("aud") }
    }
}

/// The claim with this name or path. `null` means that there is none.
pub(crate) fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value).filter(|value| !value.is_null());
    }
    // The longest first name wins, because names of claims are often URLs, whose hosts have dots.
    path.rmatch_indices('.').find_map(|(dot, _)| match claims.get(&path[..dot]) {
        Some(Value::Object(inner)) => find(inner, &path[dot + 1..]),
        _ => None,
    })
}

/// The words of the claim with this name or path: the items of a list, the words of a text, or with `.*` the names of the
/// members of an object.
///
/// # Errors
/// If the claim has another type.
pub(crate) fn words(claims: &Map<String, Value>, path: &str) -> Result<Vec<String>, WrongType> {
    if let Some(object) = path.strip_suffix(".*") {
        return match find(claims, object) {
            None => Ok(Vec::new()),
            // `{"admin": false}` does not make anyone an admin.
            Some(Value::Object(members)) => Ok(members
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)))
                .map(|(name, _)| name.clone())
                .collect()),
            Some(_) => Err(WrongType(format!("{object} is not an object"))),
        };
    }
    let wrong = || WrongType(format!("{path} is neither a list of strings nor a string"));
    match find(claims, path) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()),
        Some(Value::Array(items)) => strings(items).ok_or_else(wrong),
        Some(_) => Err(wrong()),
    }
}

/// The words of all these claims, each once.
///
/// # Errors
/// If one of the claims has another type.
pub(crate) fn all_words<S: AsRef<str>>(claims: &Map<String, Value>, paths: &[S]) -> Result<Vec<String>, WrongType> {
    let mut all = Vec::new();
    for path in paths {
        let found = words(claims, path.as_ref())?;
        if all.is_empty() {
            all = found;
        } else {
            let new: Vec<String> = found.into_iter().filter(|word| !all.contains(word)).collect();
            all.extend(new);
        }
    }
    Ok(all)
}

/// The items of a list, if all of them are strings.
pub(crate) fn strings(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Adds words to the claims where [`words`] finds them.
pub(crate) fn put(claims: &mut Map<String, Value>, paths: &[String], words: &[String]) {
    let Some(path) = paths.first() else { return };
    if let Some(object) = path.strip_suffix(".*") {
        let members = claims.entry(object).or_insert_with(|| Map::new().into());
        if let Value::Object(members) = members {
            members.extend(words.iter().map(|word| (word.clone(), Map::new().into())));
        }
    } else if let Value::Array(items) = claims.entry(path).or_insert_with(|| Vec::<Value>::new().into()) {
        items.extend(words.iter().map(|word| word.as_str().into()));
    }
}

/// What is wrong with a claim, for the log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongType(pub(crate) String);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_words_are_found() {
        let claims = json!({
            "permissions": ["a:read", "b c"], "scope": "openid  a:read ", "empty": "", "none": null, "flag": true,
            "realm_access": {"roles": ["user"], "null": null, "deep": {"er": "x y"}},
            "resource_access": {"my.api": {"roles": ["editor"]}, "my": {"api": {"roles": ["other"]}}},
            "https://example.com/roles": ["admin"], "https://example": {"com/roles": ["nobody"]},
            "a.b": {"c": ["dotted"]}, "a": {"b": {"c": ["nested"]}, "b.c": ["half"]},
            "urn:x:roles": {"admin": {"1": "org"}, "editor": true, "no": false, "void": null},
            "mixed": ["a", 1], "number": 7,
        });
        let claims = claims.as_object().unwrap();
        let table: &[(&str, Result<&[&str], &str>)] = &[
            ("permissions", Ok(&["a:read", "b c"])),
            ("scope", Ok(&["openid", "a:read"])),
            ("empty", Ok(&[])),
            ("none", Ok(&[])),
            ("missing", Ok(&[])),
            ("realm_access.roles", Ok(&["user"])),
            ("realm_access.null", Ok(&[])),
            ("realm_access.missing", Ok(&[])),
            ("realm_access.deep.er", Ok(&["x", "y"])),
            ("realm_access.deep.er.more", Ok(&[])),
            ("permissions.x", Ok(&[])),
            // The name with dots wins
            ("resource_access.my.api.roles", Ok(&["editor"])),
            ("https://example.com/roles", Ok(&["admin"])),
            ("a.b.c", Ok(&["dotted"])),
            ("urn:x:roles.*", Ok(&["admin", "editor"])),
            ("missing.*", Ok(&[])),
            (".", Ok(&[])),
            ("..", Ok(&[])),
            ("urn:x:roles", Err("urn:x:roles is neither a list of strings nor a string")),
            ("permissions.*", Err("permissions is not an object")),
            ("realm_access", Err("realm_access is neither")),
            ("flag", Err("flag is neither")),
            ("number", Err("number is neither")),
            ("mixed", Err("mixed is neither")),
        ];
        for (path, expected) in table {
            match (words(claims, path), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, *expected, "{path}"),
                (Err(WrongType(why)), Err(expected)) => assert!(why.contains(expected), "{path}: {why}"),
                (found, _) => panic!("{path}: {found:?}"),
            }
        }
        assert_eq!(
            all_words(claims, &["permissions", "scope"]),
            Ok(vec!["a:read".into(), "b c".into(), "openid".into()])
        );
        assert!(all_words(claims, &["permissions", "flag"]).is_err());
    }

    #[test]
    fn words_are_found_where_they_were_put() {
        for path in ["permissions", "realm_access.roles", "https://example.com/roles", "urn:x:roles.*"] {
            let mut claims = Map::new();
            let all = ["a:read".to_owned(), "b".to_owned()];
            // Permissions and roles can have one claim.
            put(&mut claims, &[path.to_owned(), "second".to_owned()], &all[..1]);
            put(&mut claims, &[path.to_owned()], &all[1..]);
            assert_eq!(words(&claims, path).unwrap(), all, "{path}");
            assert_eq!(claims.len(), 1);
        }
    }
}

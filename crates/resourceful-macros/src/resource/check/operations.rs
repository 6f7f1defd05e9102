//! Which operations are offered, and what they ask of the caller.

use proc_macro2::Ident;

use crate::errors::{self, Errors};
use crate::resource::model::{Keys, Operation, Value, Written};

struct Known {
    name: &'static str,
    variant: &'static str,
    suffix: &'static str,
}

const fn known(name: &'static str, variant: &'static str, suffix: &'static str) -> Known {
    Known { name, variant, suffix }
}

/// The runtime's operations, in its order.
const ALL: [Known; 15] = [
    known("list", "List", "read"),
    known("count", "Count", "read"),
    known("search", "Search", "read"),
    known("get", "Get", "read"),
    known("create", "Create", "write"),
    known("bulk_create", "BulkCreate", "write"),
    known("update", "Update", "write"),
    known("patch", "Patch", "write"),
    known("delete", "Delete", "delete"),
    known("self_list", "SelfList", "read:self"),
    known("self_create", "SelfCreate", "write:self"),
    known("self_get", "SelfGet", "read:self"),
    known("self_update", "SelfUpdate", "write:self"),
    known("self_patch", "SelfPatch", "write:self"),
    known("self_delete", "SelfDelete", "delete:self"),
];

impl Known {
    fn is_self(&self) -> bool {
        self.name.starts_with("self_")
    }
}

/// The operations that the resource offers.
pub(super) fn operations(keys: &Keys, resource: &str, owned: bool, errors: &mut Errors) -> Vec<Operation> {
    let offered = offered(keys, owned, errors);
    let public: &[Ident] = match keys.get("public") {
        Some(Written { value: Value::Words(words), .. }) => words,
        _ => &[],
    };
    let public = names(public, owned, errors);
    let mut open = Vec::new();
    for (word, operation) in public {
        if operation.is_self() {
            errors.on(
                word,
                format!(
                    "`{}` works on the caller's own rows, so it cannot be public: without a token nobody calls",
                    operation.name
                ),
            );
        } else if !offered.iter().any(|one| one.name == operation.name) {
            errors.on(
                word,
                format!("`{}` is not offered; name it in `operations`, or do not make it public", operation.name),
            );
        }
        open.push(operation.name);
    }
    let permissions = permissions(keys, &offered, &open, owned, errors);
    let operation = |operation: &&Known| {
        let own =
            permissions.iter().find(|(name, _)| *name == operation.name).map(|(_, permission)| permission.clone());
        let permission = own.unwrap_or_else(|| format!("{resource}:{}", operation.suffix));
        Operation { variant: operation.variant, permission: (!open.contains(&operation.name)).then_some(permission) }
    };
    offered.iter().map(operation).collect()
}

fn offered(keys: &Keys, owned: bool, errors: &mut Errors) -> Vec<&'static Known> {
    let possible = ALL.iter().filter(|operation| owned || !operation.is_self());
    let Some(Written { value: Value::Choice(choice, words), .. }) = keys.get("operations") else {
        return possible.collect();
    };
    let named = names(words, owned, errors);
    let only = choice == "only";
    possible.filter(|operation| named.iter().any(|(_, one)| one.name == operation.name) == only).collect()
}

fn permissions(
    keys: &Keys,
    offered: &[&'static Known],
    open: &[&str],
    owned: bool,
    errors: &mut Errors,
) -> Vec<(&'static str, String)> {
    let Some(Written { value: Value::Texts(texts), .. }) = keys.get("permissions") else { return Vec::new() };
    let words: Vec<Ident> = texts.iter().map(|(word, _)| word.clone()).collect();
    let named = names(&words, owned, errors);
    let mut permissions = Vec::new();
    for (word, operation) in named {
        if open.contains(&operation.name) {
            errors
                .on(word, format!("`{}` is public, so it asks for no permission; keep one of the two", operation.name));
        } else if !offered.iter().any(|one| one.name == operation.name) {
            errors.on(
                word,
                format!("`{}` is not offered; name it in `operations`, or leave its permission out", operation.name),
            );
        }
        if let Some((_, text)) = texts.iter().find(|(other, _)| other == word) {
            check_permission(text, errors);
            permissions.push((operation.name, text.value()));
        }
    }
    permissions
}

/// A permission can be a word of the `scope` parameter of RFC 6750, which names what is missing.
pub(crate) fn check_permission(text: &syn::LitStr, errors: &mut Errors) {
    let permission = text.value();
    let fits = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    if permission.is_empty() || !permission.chars().all(fits) {
        errors.on(text, "a permission is one word of printable ASCII without spaces, quotes and backslashes, such as \"projects:read\"");
    }
}

/// The operations of these names, each with its word; unknown and doubled names are reported.
fn names<'a>(words: &'a [Ident], owned: bool, errors: &mut Errors) -> Vec<(&'a Ident, &'static Known)> {
    let mut found: Vec<(&Ident, &Known)> = Vec::new();
    for word in words {
        let name = word.to_string();
        let allowed =
            || -> Vec<&str> { ALL.iter().filter(|known| owned || !known.is_self()).map(|known| known.name).collect() };
        match ALL.iter().find(|known| known.name == name) {
            None => errors.on(word, errors::unknown("operation {}", &name, &allowed())),
            Some(known) if known.is_self() && !owned => {
                errors.on(
                    word,
                    format!(
                        "`{name}` works on the caller's own rows, and this resource has no owner; add `owner = field`"
                    ),
                );
            }
            Some(known) if found.iter().any(|(_, other)| other.name == known.name) => {
                errors.on(word, format!("`{name}` is given twice; keep one"));
            }
            Some(known) => found.push((word, known)),
        }
    }
    found
}

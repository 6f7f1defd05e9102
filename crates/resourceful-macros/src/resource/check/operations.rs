//! Which operations are offered, and what they require of the caller.

use proc_macro2::Ident;

use crate::attributes::Keys;
use crate::errors::{self, Errors};
use crate::grammar::{Operation, Selection, StructKey, Word};
use crate::resource::model::OfferedOperation;

/// The operations that the resource offers.
pub(super) fn check_operations(
    keys: &Keys<StructKey>,
    resource: &str,
    is_owned: bool,
    errors: &mut Errors,
) -> Vec<OfferedOperation> {
    let offered = check_offered(keys, is_owned, errors);
    let public = check_public(keys, &offered, is_owned, errors);
    let permissions = check_permissions(keys, &offered, &public, is_owned, errors);
    let operation = |operation: Operation| {
        let given = permissions.iter().find(|(of, _)| *of == operation).map(|(_, permission)| permission.clone());
        let permission = given.unwrap_or_else(|| format!("{resource}:{}", operation.permission_suffix()));
        OfferedOperation { operation, permission: (!public.contains(&operation)).then_some(permission) }
    };
    offered.into_iter().map(operation).collect()
}

fn check_offered(keys: &Keys<StructKey>, is_owned: bool, errors: &mut Errors) -> Vec<Operation> {
    let possible = Operation::possible(is_owned);
    let Some((selection, words)) = keys.choice(StructKey::Operations) else { return possible.collect() };
    let named = check_words(words, is_owned, errors);
    let only = selection == Selection::Only;
    possible.filter(|operation| named.iter().any(|(_, one)| one == operation) == only).collect()
}

fn check_public(keys: &Keys<StructKey>, offered: &[Operation], is_owned: bool, errors: &mut Errors) -> Vec<Operation> {
    let words = keys.words(StructKey::Public).unwrap_or(&[]);
    let named = check_words(words, is_owned, errors);
    for (word, operation) in &named {
        let name = operation.name();
        if operation.is_self() {
            errors.on(
                word,
                format!("`{name}` cannot be public: it works on the caller's own rows, so it needs a token; remove it"),
            );
        } else if !offered.contains(operation) {
            errors.on(word, format!("`{name}` is not offered; add it to `operations(only(..))`, or remove it here"));
        }
    }
    named.into_iter().map(|(_, operation)| operation).collect()
}

fn check_permissions(
    keys: &Keys<StructKey>,
    offered: &[Operation],
    public: &[Operation],
    is_owned: bool,
    errors: &mut Errors,
) -> Vec<(Operation, String)> {
    let texts = keys.texts(StructKey::Permissions).unwrap_or(&[]);
    let words: Vec<Ident> = texts.iter().map(|(word, _)| word.clone()).collect();
    let mut permissions = Vec::new();
    for (word, operation) in check_words(&words, is_owned, errors) {
        let name = operation.name();
        if public.contains(&operation) {
            errors
                .on(word, format!("`{name}` is public, so it requires no permission; remove it here or from `public`"));
        } else if !offered.contains(&operation) {
            errors.on(
                word,
                format!("`{name}` is not offered; add it to `operations(only(..))`, or remove its permission"),
            );
        }
        if let Some((_, text)) = texts.iter().find(|(other, _)| other == word) {
            check_permission(text, errors);
            check_own_rows(operation, text, offered, errors);
            permissions.push((operation, text.value()));
        }
    }
    permissions
}

/// A permission that ends in `:self` gives the caller's own rows only, and these are what the `self_` operations work on.
fn check_own_rows(operation: Operation, text: &syn::LitStr, offered: &[Operation], errors: &mut Errors) {
    let permission = text.value();
    if operation.is_self() || !permission.ends_with(":self") {
        return;
    }
    let name = operation.name();
    let own = format!("self_{name}");
    let instead = match offered.iter().find(|other| other.name() == own) {
        Some(_) => format!("give the permission to `{own}`, or choose another name"),
        None => "choose another name".to_owned(),
    };
    errors.on(
        text,
        format!("`{name}` works on all rows, and a permission that ends in `:self` gives the caller's own rows only; {instead}"),
    );
}

/// A permission can be a word of the `scope` parameter of RFC 6750, which names what is missing.
pub(crate) fn check_permission(text: &syn::LitStr, errors: &mut Errors) {
    let permission = text.value();
    let fits = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
    if permission.is_empty() || !permission.chars().all(fits) {
        errors.on(text, format!("\"{permission}\" cannot be a permission; write for example \"projects:read\"\nallowed: printable ASCII characters without spaces, quotes and backslashes"));
    }
}

/// The operations of these names, each with its word; unknown and doubled names are reported.
fn check_words<'a>(words: &'a [Ident], is_owned: bool, errors: &mut Errors) -> Vec<(&'a Ident, Operation)> {
    let mut found: Vec<(&Ident, Operation)> = Vec::new();
    for word in words {
        let name = word.to_string();
        match Operation::find(&name) {
            None => {
                let allowed: Vec<&str> = Operation::possible(is_owned).map(Word::name).collect();
                errors.on(word, errors::unknown("operation {}", &name, &allowed));
            }
            Some(operation) if operation.is_self() && !is_owned => {
                errors.on(word, format!("`{name}` works on the caller's own rows, and this resource has no owner; add `owner = ..`, or remove it"));
            }
            Some(operation) if found.iter().any(|(_, other)| *other == operation) => {
                errors.on(word, format!("`{name}` is given twice; remove one of the two"));
            }
            Some(operation) => found.push((word, operation)),
        }
    }
    found
}

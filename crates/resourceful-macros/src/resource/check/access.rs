//! Who may see and write a field.

use proc_macro2::Ident;
use syn::LitStr;

use super::operations::check_permission;
use super::rules;
use crate::errors::Errors;
use crate::resource::model::{Access, Demand, Field, Input, InputField, Keys, Role};

const ACCESSES: [(&str, Access); 4] = [
    ("read_only", Access::ReadOnly),
    ("create_only", Access::CreateOnly),
    ("write_only", Access::WriteOnly),
    ("hidden", Access::Hidden),
];

/// Who sees it and who writes it, whatever they hold.
pub(super) fn access(keys: &Keys, errors: &mut Errors) -> Access {
    let mut found: Option<(&str, Access)> = None;
    for (key, access) in ACCESSES {
        let Some(word) = keys.word(key) else { continue };
        match found {
            Some((first, _)) => errors.on(word, format!("`{key}` contradicts `{first}`; keep one of them")),
            None => found = Some((key, access)),
        }
    }
    for key in ["filter", "sort", "search"] {
        if let (Some(word), Some((first, Access::WriteOnly | Access::Hidden))) = (keys.word(key), found) {
            errors.on(word, format!("`{key}` would tell callers what `{first}` keeps from them; keep one of the two"));
        }
    }
    found.map_or(Access::Normal, |(_, access)| access)
}

/// The permission that `read` or `write` asks for.
pub(super) fn permission(keys: &Keys, key: &str, errors: &mut Errors) -> Option<String> {
    let text = keys.text(key)?;
    check_permission(text, errors);
    Some(LitStr::value(text))
}

/// `read` and `write` say who may do what anybody may not, and not what nobody may.
pub(super) fn permissions(written: &InputField, field: &Field, errors: &mut Errors) {
    let flag = match field.access {
        Access::ReadOnly => "read_only",
        Access::WriteOnly => "write_only",
        Access::Hidden => "hidden",
        Access::Normal | Access::CreateOnly => "",
    };
    if let Some(word) = written.keys.word("read").filter(|_| ["hidden", "write_only"].contains(&flag)) {
        errors.on(word, format!("`read` says who sees the field, and `{flag}` that nobody does; keep one of the two"));
    }
    let Some(word) = written.keys.word("write") else { return };
    if ["hidden", "read_only"].contains(&flag) {
        errors.on(
            word,
            format!("`write` says who may write the field, and `{flag}` that nobody may; keep one of the two"),
        );
    } else if field.role == Role::Id && !field.spelled.is("String") {
        errors.on(word, format!("`write` has no meaning on `{}`: callers write an id only where it is a String, and the server makes any other", field.name));
    }
}

/// What can only be said once the owner is known.
pub(super) fn check_after_owner(input: &Input, fields: &mut [Field], errors: &mut Errors) {
    for field in fields {
        let Some(written) = input.fields.iter().find(|written| written.ident == field.ident) else { continue };
        if field.owns && field.role == Role::Plain {
            // With `write` some callers write it after all.
            let meaningless: &[&str] = match field.write {
                Some(_) => &["default"],
                None => &["default", "read_only", "create_only", "write_only"],
            };
            for key in meaningless {
                if let Some(word) = written.keys.word(key) {
                    errors.on(
                        word,
                        format!("`{key}` has no meaning on the owner's field: the server sets it to the caller's id"),
                    );
                }
            }
        } else if field.role == Role::Plain && matches!(field.access, Access::ReadOnly | Access::Hidden) {
            given_by_nobody(written, field, errors);
        }
    }
}

/// A field that no caller writes holds what its default says, or null.
fn given_by_nobody(written: &InputField, field: &mut Field, errors: &mut Errors) {
    if field.spelled.optional || written.keys.has("default") {
        return;
    }
    let flag: &Ident = match written.keys.word("hidden").or_else(|| written.keys.word("read_only")) {
        Some(flag) => flag,
        None => return,
    };
    let sentence = format!(
        "nobody gives `{}` a value: callers cannot write it; add `default = ..`, or make it an Option",
        field.name
    );
    if rules::kind(&field.spelled).is_some() {
        errors.on(flag, sentence);
    } else {
        field.demands.push(Demand::Fact("is_nullable", true, flag.span(), sentence));
    }
}

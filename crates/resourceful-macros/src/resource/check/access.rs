//! Who may see and write a field.

use syn::LitStr;

use super::check_permission;
use super::draft::Draft;
use crate::attributes::Keys;
use crate::errors::Errors;
use crate::grammar::{FieldKey, Item, StructKey};
use crate::resource::model::{Access, Demand, Fact, FieldInput, Input, Role};

const ACCESSES: [(FieldKey, Access); 5] = [
    (FieldKey::ReadOnly, Access::ReadOnly),
    (FieldKey::Generated, Access::Generated),
    (FieldKey::CreateOnly, Access::CreateOnly),
    (FieldKey::WriteOnly, Access::WriteOnly),
    (FieldKey::Hidden, Access::Hidden),
];

/// Who sees the field and who writes it, whatever permissions they have.
pub(super) fn check_access(keys: &Keys<FieldKey>, errors: &mut Errors) -> Access {
    let mut found: Option<(FieldKey, Access)> = None;
    for (key, access) in ACCESSES {
        let Some(word) = keys.word(key) else { continue };
        match found {
            Some((first, _)) => {
                errors.on(word, format!("`{}` contradicts `{}`; remove one of the two", key.name(), first.name()));
            }
            None => found = Some((key, access)),
        }
    }
    for key in [FieldKey::Filter, FieldKey::Sort, FieldKey::Search] {
        if let (Some(word), Some((first, Access::WriteOnly | Access::Hidden))) = (keys.word(key), found) {
            let (key, first) = (key.name(), first.name());
            errors.on(
                word,
                format!("`{key}` would reveal the values that `{first}` keeps from callers; remove one of the two"),
            );
        }
    }
    if let (Some(word), Some((_, Access::Generated))) = (keys.word(FieldKey::Default), found) {
        errors
            .on(word, "`default` has no effect: with `generated` the database fills the column; remove one of the two");
    }
    found.map_or(Access::Normal, |(_, access)| access)
}

/// The permission that `read` or `write` requires.
pub(super) fn check_field_permission(keys: &Keys<FieldKey>, key: FieldKey, errors: &mut Errors) -> Option<String> {
    let text = keys.text(key)?;
    check_permission(text, errors);
    Some(LitStr::value(text))
}

/// `read` and `write` limit what callers may do, so they do not fit a field that no caller may read or write.
pub(super) fn check_permissions_fit(written: &FieldInput, draft: &Draft, errors: &mut Errors) {
    let access = draft.field.access;
    let flag = ACCESSES.iter().find(|(_, of_flag)| *of_flag == access).map_or("", |(key, _)| key.name());
    if let Some(word) =
        written.keys.word(FieldKey::Read).filter(|_| matches!(access, Access::Hidden | Access::WriteOnly))
    {
        errors.on(
            word,
            format!("`read` says which callers see the field, but with `{flag}` none do; remove one of the two"),
        );
    }
    let Some(word) = written.keys.word(FieldKey::Write) else { return };
    if matches!(access, Access::Hidden | Access::ReadOnly | Access::Generated) {
        errors.on(
            word,
            format!(
                "`write` says which callers may write the field, but with `{flag}` none may; remove one of the two"
            ),
        );
    } else if draft.field.role == Role::Id && !draft.spelled.is("String") {
        let name = draft.name();
        errors.on(
            word,
            format!("`write` has no effect on `{name}`: callers give an id only if its type is `String`; remove it"),
        );
    }
}

/// Checks that are possible only when the owner is known.
pub(super) fn check_access_after_owner(input: &Input, drafts: &mut [Draft], errors: &mut Errors) {
    let generated = drafts.iter().find(|draft| draft.field.access == Access::Generated).map(|draft| draft.name());
    if let (Some(word), Some(name)) = (input.keys.word(StructKey::Check), generated) {
        errors.on(
            word,
            format!("`check` gets the whole row before it is written, and then `{name}` has no value yet; check in the database instead"),
        );
    }
    for draft in drafts {
        let Some(written) = input.fields.iter().find(|written| written.ident == draft.outline.ident) else { continue };
        if draft.field.owns && draft.field.role == Role::Plain {
            // With `write`, callers with the permission may name the owner.
            let meaningless: &[FieldKey] = match draft.field.write {
                Some(_) => &[FieldKey::Default, FieldKey::Generated],
                None => &[
                    FieldKey::Default,
                    FieldKey::ReadOnly,
                    FieldKey::Generated,
                    FieldKey::CreateOnly,
                    FieldKey::WriteOnly,
                ],
            };
            for key in meaningless {
                if let Some(word) = written.keys.word(*key) {
                    let key = key.name();
                    errors.on(word, format!("`{key}` has no effect on the owner's field: the server sets it to the caller's id; remove it"));
                }
            }
        } else if draft.field.role == Role::Plain && matches!(draft.field.access, Access::ReadOnly | Access::Hidden) {
            check_has_value(written, draft, errors);
        }
    }
}

/// A field that no caller writes has its default, or null.
fn check_has_value(written: &FieldInput, draft: &mut Draft, errors: &mut Errors) {
    if draft.spelled.optional || written.keys.has(FieldKey::Default) {
        return;
    }
    let flag = written.keys.word(FieldKey::Hidden).or_else(|| written.keys.word(FieldKey::ReadOnly));
    let Some(flag) = flag else { return };
    let name = draft.name();
    let message = format!(
        "`{name}` would have no value, since callers cannot write it; add `default = ..`, or make it an `Option`"
    );
    if draft.kind().is_some() {
        errors.on(flag, message);
    } else {
        draft.field.demands.push(Demand::holds(Fact::Nullable, flag.span(), message));
    }
}

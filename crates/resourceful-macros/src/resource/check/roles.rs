//! The id, the two times and the version, which the server sets.

use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::draft::Draft;
use super::spelling::{Kind, Spelled};
use crate::errors::Errors;
use crate::grammar::{FieldKey, Item};
use crate::resource::model::{Bound, Demand, Fact, FieldInput, Input, Role};

const ROLES: [(FieldKey, Role); 4] = [
    (FieldKey::Id, Role::Id),
    (FieldKey::CreatedAt, Role::CreatedAt),
    (FieldKey::UpdatedAt, Role::UpdatedAt),
    (FieldKey::Version, Role::Version),
];

const ID_TYPES: &str = "the type of an id is `Uuid`, `i32`, `i64` or `String`";

/// The index of the id.
pub(super) fn check_id(drafts: &[Draft], input: &Input, errors: &mut Errors) -> Option<usize> {
    let id = drafts.iter().position(|draft| draft.field.role == Role::Id);
    if id.is_none() && input.fields.iter().all(|field| field.keys.is_complete()) {
        let message =
            format!("a resource needs an id; name a field `id`, or mark one with `#[resource(id)]`\n{ID_TYPES}");
        errors.on(&input.ident, message);
    }
    id
}

/// What the field is in the resource: by a key, or by its name if no other field has the key.
pub(super) fn check_role(input: &Input, written: &FieldInput, errors: &mut Errors) -> Role {
    let mut role = None;
    for (key, this) in ROLES {
        let marked = |field: &&FieldInput| field.keys.has(key);
        if let Some(word) = written.keys.word(key) {
            if role.is_some() {
                errors
                    .on(word, "a field can be only one of `id`, `created_at`, `updated_at` and `version`; remove one");
            }
            if let Some(first) = input.fields.iter().find(marked).filter(|first| first.ident != written.ident) {
                let (key, first) = (key.name(), &first.ident);
                errors.on(
                    word,
                    format!(
                        "the field `{first}` is `{key}` already, and a resource has only one; remove one of the two"
                    ),
                );
                continue;
            }
            role = Some(this);
        } else if role.is_none()
            && written.ident.unraw() == key.name()
            && !input.fields.iter().any(|field| field.keys.has(key))
            // Other things have versions, too: `version: String` is an ordinary field.
            && (this != Role::Version || Spelled::of(&written.ty).kind() == Some(Kind::Whole))
        {
            role = Some(this);
        }
    }
    role.unwrap_or(Role::Plain)
}

/// Keys that mean nothing on the id.
const NOT_ON_ID: &[FieldKey] = &[
    FieldKey::Default,
    FieldKey::ReadOnly,
    FieldKey::Generated,
    FieldKey::CreateOnly,
    FieldKey::WriteOnly,
    FieldKey::Hidden,
    FieldKey::Read,
    FieldKey::Unique,
    FieldKey::Index,
    FieldKey::BelongsTo,
];

/// Keys that mean nothing on a time that the server sets.
const NOT_ON_TIME: &[FieldKey] = &[
    FieldKey::Default,
    FieldKey::ReadOnly,
    FieldKey::Generated,
    FieldKey::CreateOnly,
    FieldKey::WriteOnly,
    FieldKey::Write,
    FieldKey::Length,
    FieldKey::Range,
    FieldKey::Pattern,
    FieldKey::Email,
    FieldKey::Url,
    FieldKey::OneOf,
    FieldKey::Check,
];

/// Keys that mean nothing on the version.
const NOT_ON_VERSION: &[FieldKey] = &[
    FieldKey::Default,
    FieldKey::ReadOnly,
    FieldKey::Generated,
    FieldKey::CreateOnly,
    FieldKey::WriteOnly,
    FieldKey::Write,
    FieldKey::Unique,
    FieldKey::BelongsTo,
    FieldKey::Range,
    FieldKey::OneOf,
    FieldKey::Check,
];

/// Keys that the version cannot have.
const SHOWN_BY_TAG: &[FieldKey] = &[FieldKey::Hidden, FieldKey::Read];

/// Whether the field's keys and type fit its role.
pub(super) fn check_role_fits(written: &FieldInput, draft: &mut Draft, errors: &mut Errors) {
    let (meaningless, why) = match draft.field.role {
        Role::Plain => return,
        Role::Id => (NOT_ON_ID, "an id is always unique, indexed, visible and unchangeable"),
        Role::CreatedAt | Role::UpdatedAt => (NOT_ON_TIME, "the server sets this field"),
        Role::Version => (NOT_ON_VERSION, "the server counts the changes of the row in this field"),
    };
    for key in meaningless {
        if let Some(word) = written.keys.word(*key) {
            let (key, name) = (key.name(), draft.name());
            errors.on(word, format!("`{key}` has no effect on `{name}`: {why}; remove it"));
        }
    }
    match draft.field.role {
        Role::Id => check_id_type(written, draft, errors),
        Role::Version => check_version(written, draft, errors),
        _ => check_time_type(written, draft, errors),
    }
}

fn check_version(written: &FieldInput, draft: &mut Draft, errors: &mut Errors) {
    for key in SHOWN_BY_TAG {
        if let Some(word) = written.keys.word(*key) {
            let (key, name) = (key.name(), draft.name());
            errors.on(
                word,
                format!(
                    "`{key}` would not keep `{name}` from callers: the `ETag` of the row shows the version; remove it"
                ),
            );
        }
    }
    let name = draft.name();
    // It may be another number that is only called so.
    let other = match written.keys.has(FieldKey::Version) {
        true => String::new(),
        false => format!(
            "\nif it counts something else, rename the field; with `rename = \"{name}\"` it keeps its name in JSON"
        ),
    };
    let message =
        format!("the type of `{name}` must be `i32` or `i64`: the server counts the changes of the row in it{other}");
    if draft.spelled.is("i32") || draft.spelled.is("i64") {
        return;
    }
    if draft.kind().is_none() && !draft.spelled.optional {
        draft.field.demands.push(Demand::holds(Fact::Version, written.ty.span(), message));
    } else {
        errors.on(&written.ty, message);
    }
}

fn check_time_type(written: &FieldInput, draft: &mut Draft, errors: &mut Errors) {
    let message = format!("the type of `{}` must be `DateTime<Utc>`: the server sets it in every row", draft.name());
    match draft.kind() {
        Some(Kind::Timestamp) if !draft.spelled.optional => {}
        None if !draft.spelled.optional => {
            draft.field.demands.push(Demand::holds(Fact::Timestamp, written.ty.span(), message));
        }
        _ => errors.on(&written.ty, message),
    }
}

fn check_id_type(written: &FieldInput, draft: &mut Draft, errors: &mut Errors) {
    if draft.spelled.optional {
        errors.on(&written.ty, format!("an id cannot be null; remove `Option`\n{ID_TYPES}"));
    } else if draft.kind().is_some() {
        if !draft.spelled.is_id() {
            errors.on(&written.ty, format!("`{}` cannot be the type of an id\n{ID_TYPES}", draft.spelled.word));
        }
    } else {
        let span = written.ty.span();
        draft.field.demands.push(Demand::Bound { bound: Bound::IdType, span });
        let message = "this id is text, which is given when a row is created; write its type as `String`, so that \
                       `Create` has the field";
        draft.field.demands.push(Demand::fails(Fact::Text, span, message));
    }
}

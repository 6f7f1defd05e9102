//! The owner's path: a field of this struct, or relations and a field of the last.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::draft::{Draft, field_names};
use super::spelling::Kind;
use crate::errors::{self, Errors};
use crate::grammar::StructKey;
use crate::resource::model::{Demand, Fact, Input, Relation, RelationKind};

/// The path, and the mark on the field that holds the owner's id.
pub(super) fn check_owner(
    input: &Input,
    drafts: &mut [Draft],
    relations: &[Relation],
    errors: &mut Errors,
) -> Vec<Ident> {
    let Some([first, rest @ ..]) = input.keys.names(StructKey::Owner) else { return Vec::new() };
    let name = first.unraw().to_string();
    let path = || std::iter::once(first).chain(rest).cloned().collect();
    if !rest.is_empty() {
        let belongs_to = relations.iter().filter(|relation| matches!(relation.kind, RelationKind::BelongsTo { .. }));
        let names: Vec<&str> = belongs_to.map(|relation| relation.name.as_str()).collect();
        if names.contains(&name.as_str()) || !input.fields.iter().all(|field| field.keys.is_complete()) {
            return path();
        }
        let mut message = errors::unknown("`belongs_to` relation {}", &name, &names);
        if names.is_empty() {
            message
                .push_str(&format!(" yet: add `#[resource(belongs_to({name}: ..))]` to the field that refers to it"));
        }
        errors.on(first, message);
        return Vec::new();
    }
    let Some(at) = drafts.iter().position(|draft| draft.name() == name) else {
        let unknown = errors::unknown("field {}", &name, &field_names(drafts));
        let message = format!("{unknown}\nthe owner is a field, or a field of a relation such as `project.owner_id`");
        errors.on(first, message);
        return Vec::new();
    };
    let draft = &mut drafts[at];
    let message = format!("`{name}` holds the owner's id, which is the `sub` of a token; make its type `String`");
    match draft.kind() {
        Some(Kind::Text) => {}
        Some(_) => {
            errors.on(first, message);
            return path();
        }
        None => draft.field.demands.push(Demand::holds(Fact::Text, first.span(), message)),
    }
    draft.field.owns = true;
    path()
}

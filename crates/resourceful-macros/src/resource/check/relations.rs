//! Relations to other resources.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::draft::{Draft, field_names};
use super::spelling::is_self;
use crate::attributes::RelationInput;
use crate::errors::{self, Errors};
use crate::grammar::{FieldKey, Item, OnDelete, RESERVED, StructKey, Visible};
use crate::names;
use crate::resource::model::{Demand, Fact, Input, Relation, RelationKind, Through};

/// The relations: first those of the fields, then the struct's own, as they are written.
pub(super) fn check_relations(input: &Input, drafts: &[Draft], errors: &mut Errors) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    let mut add = |written: &RelationInput, kind: RelationKind, errors: &mut Errors| {
        relations.extend(check_name(input, written, kind, drafts, &relations, errors));
    };
    for of_field in &input.fields {
        // Fields of one name in `Column` are left out, with what they refer to.
        let Some(field) = drafts.iter().position(|draft| draft.outline.ident == of_field.ident) else { continue };
        for written in of_field.keys.relations(FieldKey::BelongsTo) {
            let on_delete = check_on_delete(written, &drafts[field], errors);
            let visible = written.visible.unwrap_or(Visible::Policy);
            add(written, RelationKind::BelongsTo { field, on_delete, visible }, errors);
        }
    }
    for key in &input.keys.0 {
        let crate::attributes::Value::Relation(written) = &key.value else { continue };
        let kind = match key.key.id {
            StructKey::ManyToMany => Some(check_many_to_many(input, written, errors)),
            StructKey::HasOne => check_via(input, written, drafts, errors).map(|via| RelationKind::HasOne { via }),
            _ => check_via(input, written, drafts, errors).map(|via| RelationKind::HasMany { via }),
        };
        if let Some(kind) = kind {
            add(written, kind, errors);
        }
    }
    relations
}

/// The other's field that refers to this resource, if it is named; `None` when the relation cannot be understood.
fn check_via(input: &Input, written: &RelationInput, drafts: &[Draft], errors: &mut Errors) -> Option<Option<Ident>> {
    let to_itself = is_self(&input.ident, &written.target);
    match &written.via {
        None if to_itself => {
            if written.is_complete {
                let message = "a relation of a resource to itself must name the field that refers; add for example `via = parent_id`";
                errors.on(&written.target, message);
            }
            None
        }
        Some(via) if to_itself && !drafts.iter().any(|draft| via.unraw() == draft.name()) => {
            errors.on(via, errors::unknown("field {}", &via.unraw().to_string(), &field_names(drafts)));
            None
        }
        via => Some(via.clone()),
    }
}

fn check_many_to_many(input: &Input, written: &RelationInput, errors: &mut Errors) -> RelationKind {
    let RelationInput { name, target, through, from, to, .. } = written;
    if through.is_none() && written.is_complete {
        let example = StructKey::ManyToMany.key().example;
        let message = format!(
            "`many_to_many` needs `through`, the resource whose rows refer to both sides; write for example `{example}`"
        );
        errors.on(name, message);
    }
    if is_self(&input.ident, target) && (from.is_none() || to.is_none()) && written.is_complete {
        errors.on(target, "a relation of a resource to itself must name both fields that refer; add for example `from = parent_id, to = child_id`");
    }
    if let (Some(from), Some(to)) = (from, to)
        && from.unraw() == to.unraw()
    {
        errors.on(to, format!("`from` and `to` both name `{to}`; name the field that refers to this resource in `from`, and the one that refers to the other resource in `to`"));
    }
    let through = through.as_ref().unwrap_or(target);
    RelationKind::ManyToMany(Box::new(Through {
        alias: format_ident!("__Through{}_{}", input.ident.unraw(), name.unraw(), span = through.span()),
        target: through.clone(),
        from: from.clone(),
        to: to.clone(),
    }))
}

/// The relation, unless another one has its name.
fn check_name(
    input: &Input,
    written: &RelationInput,
    kind: RelationKind,
    drafts: &[Draft],
    relations: &[Relation],
    errors: &mut Errors,
) -> Option<Relation> {
    let name = written.name.unraw().to_string();
    let json = names::camel(&name);
    if let Some(field) = drafts.iter().find(|draft| draft.field.json == json) {
        let field = field.name();
        errors.on(
            &written.name,
            format!(
                "the relation `{name}` and the field `{field}` both have the JSON name `{json}`; rename one of them"
            ),
        );
    } else if relations.iter().any(|other| other.json == json) {
        errors.on(&written.name, format!("two relations have the name `{name}`; rename one of them"));
        return None;
    } else if RESERVED.contains(&json.as_str()) {
        let reserved = RESERVED.join(", ");
        errors.on(
            &written.name,
            format!(
                "`{json}` is a reserved word of the query string; give the relation another name\nreserved: {reserved}"
            ),
        );
    }
    Some(Relation {
        variant: names::variant(&name),
        alias: format_ident!(
            "__Relation{}_{}",
            input.ident.unraw(),
            written.name.unraw(),
            span = written.target.span()
        ),
        target: written.target.clone(),
        related: false,
        name,
        json,
        kind,
    })
}

fn check_on_delete(written: &RelationInput, draft: &Draft, errors: &mut Errors) -> OnDelete {
    let Some((on_delete, span)) = written.on_delete else { return OnDelete::Restrict };
    if on_delete == OnDelete::SetNull && !draft.spelled.optional && draft.kind().is_some() {
        errors.at(span, null_message(draft));
    }
    on_delete
}

/// What only the compiler can check about a field that refers to another resource.
pub(super) fn demand_nullable(written: &RelationInput, draft: &mut Draft) {
    if let Some((OnDelete::SetNull, span)) = written.on_delete
        && !draft.spelled.optional
    {
        let message = null_message(draft);
        draft.field.demands.push(Demand::holds(Fact::Nullable, span, message));
    }
}

fn null_message(draft: &Draft) -> String {
    let name = draft.name();
    format!("`set_null` needs a field that can be null; make `{name}` an `Option`, or use `restrict` or `cascade`")
}

/// The first relation to a type gets SeaORM's `Related`; SeaORM itself reserves that to another entity.
pub(super) fn mark_related(ident: &Ident, relations: &mut [Relation]) {
    let mut seen = Vec::new();
    for relation in relations.iter_mut().filter(|relation| relation.is_direct()) {
        let target = as_named(&relation.target);
        if !is_self(ident, &relation.target) && !seen.contains(&target) {
            relation.related = true;
            seen.push(target);
        }
    }
}

/// The path as it would be without the words for "this crate" and "here", so that `Member` and `crate::Member` are one.
fn as_named(target: &Type) -> String {
    let Type::Path(path) = target else { return target.to_token_stream().to_string() };
    let parts = path.path.segments.iter().skip_while(|part| part.ident == "crate" || part.ident == "self");
    parts.map(|part| part.to_token_stream().to_string()).collect::<Vec<_>>().join("::")
}

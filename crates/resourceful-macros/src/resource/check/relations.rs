//! Relations to other resources.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{fields, rules, variant};
use crate::errors::{self, Errors};
use crate::resource::model::{Demand, Field, Input, InputRelation, Relation, RelationKind, Through, Value, Written};
use crate::names;

/// The relations: first those of the fields, then the struct's own, as they are written.
pub(super) fn relations(input: &Input, fields: &[Field], errors: &mut Errors) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    for (at, field) in input.fields.iter().enumerate() {
        for written in field.keys.relations("belongs_to") {
            let on_delete = on_delete(written, &fields[at], errors);
            let any = any(written, errors);
            push(input, written, RelationKind::BelongsTo { field: at, on_delete, any }, fields, &mut relations, errors);
        }
    }
    for written in &input.keys.0 {
        let Value::Relation(relation) = &written.value else { continue };
        let kind = match written.key.name {
            "many_to_many" => Some(many_to_many(input, written, relation, errors)),
            "has_one" => via(input, relation, fields, errors).map(|via| RelationKind::HasOne { via }),
            _ => via(input, relation, fields, errors).map(|via| RelationKind::HasMany { via }),
        };
        if let Some(kind) = kind {
            push(input, relation, kind, fields, &mut relations, errors);
        }
    }
    relations
}

/// The other's field that refers to this resource, if it is named; `None` when the relation cannot be understood.
fn via(input: &Input, written: &InputRelation, fields: &[Field], errors: &mut Errors) -> Option<Option<Ident>> {
    let itself = is_self(&input.ident, &written.target);
    let known = |via: &Ident| fields.iter().any(|field| via.unraw() == field.name);
    match &written.via {
        None if itself => {
            errors
                .on(&written.target, "a relation of a resource to itself names the referring field: `via = parent_id`");
            None
        }
        Some(via) if itself && !known(via) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            errors.on(via, errors::unknown("field {}", &via.unraw().to_string(), &names));
            None
        }
        via => Some(via.clone()),
    }
}

fn many_to_many(input: &Input, key: &Written, written: &InputRelation, errors: &mut Errors) -> RelationKind {
    let InputRelation { name, target, through, from, to, .. } = written;
    if through.is_none() {
        errors.on(
            name,
            format!(
                "`many_to_many` needs `through`, the resource whose rows refer to both sides; it is written `{}`",
                key.key.form
            ),
        );
    }
    if is_self(&input.ident, target) && (from.is_none() || to.is_none()) {
        errors.on(target, "a relation of a resource to itself names both referring fields of the resource between: `from = parent_id, to = child_id`");
    }
    if let (Some(from), Some(to)) = (from, to)
        && from.unraw() == to.unraw()
    {
        errors.on(
            to,
            format!("`from` and `to` both name `{to}`; one refers to this resource, the other to its counterpart"),
        );
    }
    let through = through.as_ref().unwrap_or(target);
    RelationKind::ManyToMany(Box::new(Through {
        alias: format_ident!("__Through{}_{}", input.ident.unraw(), name.unraw(), span = through.span()),
        target: through.clone(),
        from: from.clone(),
        to: to.clone(),
    }))
}

fn push(
    input: &Input,
    written: &InputRelation,
    kind: RelationKind,
    fields: &[Field],
    relations: &mut Vec<Relation>,
    errors: &mut Errors,
) {
    let name = written.name.unraw().to_string();
    let json = names::camel(&name);
    if let Some(field) = fields.iter().find(|field| field.json == json) {
        errors.on(
            &written.name,
            format!("the relation `{name}` has the JSON name `{json}`, and so has the field `{}`; call one of them otherwise", field.name),
        );
    } else if relations.iter().any(|other| other.json == json) {
        errors.on(&written.name, format!("there is another relation `{name}`; call one of them otherwise"));
        return;
    } else if fields::RESERVED.contains(&json.as_str()) {
        errors.on(
            &written.name,
            format!(
                "`{json}` is a word of the query string, so a relation cannot be called so; allowed is anything but {}",
                fields::RESERVED.join(", ")
            ),
        );
    }
    relations.push(Relation {
        variant: variant(&name),
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
    });
}

fn on_delete(written: &InputRelation, field: &Field, errors: &mut Errors) -> &'static str {
    let Some(text) = &written.on_delete else { return "Restrict" };
    match text.value().as_str() {
        "restrict" => "Restrict",
        "cascade" => "Cascade",
        "set_null" => {
            if !field.spelled.optional && rules::kind(&field.spelled).is_some() {
                errors.on(text, format!("`set_null` needs a field that can be null; make `{}` an Option, or use `restrict` or `cascade`", field.name));
            }
            "SetNull"
        }
        other => {
            errors.on(text, errors::unknown("action {}", other, &["restrict", "cascade", "set_null"]));
            "Restrict"
        }
    }
}

/// Whether it may refer to rows that its writer may not see.
fn any(written: &InputRelation, errors: &mut Errors) -> bool {
    let Some(text) = &written.visible else { return false };
    let word = text.value();
    if !["policy", "any"].contains(&word.as_str()) {
        errors.on(text, errors::unknown("choice {} of `visible`", &word, &["policy", "any"]));
    }
    word == "any"
}

/// What only the compiler knows of a field that refers to another resource.
pub(super) fn demands(written: &InputRelation, field: &mut Field) {
    if let Some(text) = written.on_delete.as_ref().filter(|text| text.value() == "set_null" && !field.spelled.optional)
    {
        let sentence = format!("`set_null` needs a field that can be null; make `{}` an Option", field.name);
        field.demands.push(Demand::Fact("is_nullable", true, text.span(), sentence));
    }
}

/// The first relation to a type gets SeaORM's `Related`; SeaORM itself reserves that to another entity.
pub(super) fn mark_related(ident: &Ident, relations: &mut [Relation]) {
    let mut seen = Vec::new();
    for relation in relations.iter_mut().filter(|relation| relation.is_direct()) {
        let target = relation.target.to_token_stream().to_string();
        if !is_self(ident, &relation.target) && !seen.contains(&target) {
            relation.related = true;
            seen.push(target);
        }
    }
}

fn is_self(ident: &Ident, target: &syn::Type) -> bool {
    matches!(target, syn::Type::Path(path) if path.path.is_ident(ident) || path.path.is_ident("Self"))
}

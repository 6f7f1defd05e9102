//! Checks of each field, and of equal names.

use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Type};

use super::draft::Draft;
use super::names::{check_was, seen_from_module};
use super::spelling::{Kind, Spelled, inside_option, instead_of};
use super::{access, default, files, relations, roles, rules, serde};
use crate::attributes::Keys;
use crate::errors::Errors;
use crate::grammar::{FieldKey, Item, RESERVED};
use crate::names;
use crate::resource::model::{Demand, Fact, Field, FieldInput, FieldOutline, Input, Role, TypeName};

/// The fields, without the changes that the owner causes.
pub(super) fn check_fields(input: &Input, errors: &mut Errors) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for written in &input.fields {
        let draft = check_field(input, written, errors);
        let span = |key| written.keys.text(key).map_or(written.ident.span(), LitStr::span);
        let other = |same: &dyn Fn(&Draft) -> bool| drafts.iter().find(|other| same(other));
        if let Some(other) = other(&|other| other.field.json == draft.field.json) {
            let (json, other) = (&draft.field.json, other.name());
            let message = format!(
                "the field `{other}` has the JSON name `{json}` too; give one of them another with `rename = \"..\"`"
            );
            errors.at(span(FieldKey::Rename), message);
        } else if let Some(other) = other(&|other| other.field.column == draft.field.column) {
            let (column, other) = (&draft.field.column, other.name());
            let message = format!(
                "the field `{other}` has the column `{column}` too; give one of them another with `column = \"..\"`"
            );
            errors.at(span(FieldKey::Column), message);
        } else if let Some(other) = other(&|other| other.outline.variant == draft.outline.variant) {
            let (variant, other) = (&draft.outline.variant, other.name());
            let message = format!("the field `{other}` is `Column::{variant}` too; rename one of the two fields");
            errors.on(&written.ident, message);
        }
        // An enum with two variants of one name would be an error of its own.
        if !drafts.iter().any(|other| other.outline.variant == draft.outline.variant) {
            drafts.push(draft);
        }
    }
    drafts
}

fn check_field(input: &Input, written: &FieldInput, errors: &mut Errors) -> Draft {
    let keys = &written.keys;
    let name = written.ident.unraw().to_string();
    let spelled = Spelled::of(&written.ty);
    let is_storable = check_storable(&written.ty, "SQLite and PostgreSQL cannot both store this type exactly", errors);
    let (rules, mut demands) = rules::check_rules(written, &spelled, errors);
    let role = roles::check_role(input, written, errors);
    let json = check_json_name(written, &name, errors);
    let file = files::check_file(written, &spelled, &mut demands, errors);
    check_comparable(written, &spelled, &mut demands, errors);
    check_reserved(keys, &json, errors);
    let column = check_column(keys, &name, errors);
    let field = Field {
        was: check_was(keys.text(FieldKey::Was), &column, "column", errors),
        column,
        role,
        access: access::check_access(keys, errors),
        read: access::check_field_permission(keys, FieldKey::Read, errors),
        write: access::check_field_permission(keys, FieldKey::Write, errors),
        owns: false,
        default: default::check_default(keys, &spelled, errors),
        unique: keys.has(FieldKey::Unique),
        index: keys.has(FieldKey::Index),
        filter: keys.has(FieldKey::Filter) || role == Role::Id,
        sort: keys.has(FieldKey::Sort) || role == Role::Id,
        search: keys.has(FieldKey::Search),
        file,
        checks: keys.paths(FieldKey::Check),
        json,
        rules,
        demands,
    };
    let outline = FieldOutline {
        ident: written.ident.clone(),
        variant: names::variant(&name),
        alias: format_ident!("__Resource{}_{}", input.ident.unraw(), name, span = written.ty.span()),
        vis: seen_from_module(&written.vis),
        inner: inside_option(&written.ty).map(|inner| {
            (format_ident!("__Inside{}_{}", input.ident.unraw(), name, span = inner.span()), inner.clone())
        }),
        ty: written.ty.clone(),
        doc: written.doc.clone(),
        // A type that has been reported is not reported again by the compiler.
        named: if is_storable { TypeName::Own } else { TypeName::StandIn },
        is_text: spelled.is("String"),
        create: None,
        update: None,
        name,
    };
    let mut draft = Draft { outline, field, spelled };
    roles::check_role_fits(written, &mut draft, errors);
    access::check_permissions_fit(written, &draft, errors);
    serde::check_serde(written, &draft, errors);
    default::check_keeps_rules(written, &draft, errors);
    for relation in keys.relations(FieldKey::BelongsTo) {
        relations::demand_nullable(relation, &mut draft);
    }
    draft
}

/// Refuses types that certainly cannot be the type of a field; the compiler checks all others.
pub(super) fn check_storable(ty: &Type, why: &str, errors: &mut Errors) -> bool {
    let instead = instead_of(ty);
    if let Some((inner, instead)) = &instead {
        errors.on(inner, format!("{why}; {instead}"));
    }
    instead.is_none()
}

fn check_json_name(written: &FieldInput, name: &str, errors: &mut Errors) -> String {
    let given = written.keys.text(FieldKey::Rename);
    let json = given.map_or_else(|| names::camel(name), LitStr::value);
    match given {
        _ if is_json_name(&json) => {}
        Some(text) => errors.on(text, format!("\"{json}\" cannot be a name in JSON\nallowed: ASCII letters, digits and `_`")),
        None => errors.on(
            &written.ident,
            format!("\"{json}\" cannot be a name in JSON; give the field another with `rename = \"..\"`\nallowed: ASCII letters, digits and `_`"),
        ),
    }
    json
}

/// Whether queries can name it without escapes.
pub(super) fn is_json_name(json: &str) -> bool {
    !json.is_empty() && json.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn check_column(keys: &Keys<FieldKey>, name: &str, errors: &mut Errors) -> String {
    let Some(text) = keys.text(FieldKey::Column) else { return name.to_owned() };
    let column = text.value();
    if column.is_empty() || column.contains(['"', '`', '\0']) {
        errors.on(text, "a column needs a name without quotes; write for example `column = \"owner\"`");
        return name.to_owned();
    }
    column
}

fn check_comparable(written: &FieldInput, spelled: &Spelled, demands: &mut Vec<Demand>, errors: &mut Errors) {
    for key in [FieldKey::Filter, FieldKey::Sort, FieldKey::Unique, FieldKey::Index] {
        let Some(word) = written.keys.word(key) else { continue };
        let key = key.name();
        let message = format!("`{key}` cannot be used on JSON or bytes, which databases do not compare; remove it");
        if spelled.kind() == Some(Kind::File) {
            errors.on(word, format!("`{key}` cannot be used on a file, which is not in the database; remove it"));
        } else if spelled.is_incomparable() {
            errors.on(word, message);
        } else if spelled.kind().is_none() {
            demands.push(Demand::holds(Fact::Comparable, word.span(), message));
        }
    }
}

/// Whether queries could mean something else by the field's name.
fn check_reserved(keys: &Keys<FieldKey>, json: &str, errors: &mut Errors) {
    for key in [FieldKey::Filter, FieldKey::Sort] {
        let Some(word) = keys.word(key).filter(|_| RESERVED.contains(&json)) else { continue };
        let (key, reserved) = (key.name(), RESERVED.join(", "));
        errors.on(word, format!("`{json}` is a reserved word of the query string, so callers cannot {key} by it; give the field another name with `rename = \"..\"`\nreserved: {reserved}"));
    }
}

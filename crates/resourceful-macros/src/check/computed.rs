//! Output fields that are no columns.

use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::fields;
use crate::errors::Errors;
use crate::model::{Computed, Field, Input, Relation, Value};
use crate::names;

/// The computed fields, as they are written; several lists add up.
pub(super) fn computed(input: &Input, fields: &[Field], relations: &[Relation], errors: &mut Errors) -> Vec<Computed> {
    let mut computed: Vec<Computed> = Vec::new();
    let lists = input.keys.0.iter().filter_map(|written| match &written.value {
        Value::Typed(list) if written.key.name == "computed" => Some(list),
        _ => None,
    });
    for (ident, ty) in lists.flatten() {
        let name = ident.unraw().to_string();
        let json = names::camel(&name);
        let beside = |other: &str| {
            format!(
                "the computed field `{name}` has the JSON name `{json}`, and so has {other}; call one of them otherwise"
            )
        };
        fields::storable(
            ty,
            "a computed field has one of the types that fields have, and this is none of them",
            errors,
        );
        if computed.iter().any(|other| other.json == json) {
            errors.on(ident, format!("there is another computed field `{name}`; keep one"));
            continue;
        } else if let Some(field) = fields.iter().find(|field| field.json == json) {
            errors.on(ident, beside(&format!("the field `{}`", field.name)));
        } else if let Some(relation) = relations.iter().find(|relation| relation.json == json) {
            errors.on(ident, beside(&format!("the relation `{}`", relation.name)));
        } else if fields::RESERVED.contains(&json.as_str()) {
            let reserved = fields::RESERVED.join(", ");
            errors.on(ident, format!("`{json}` is a word of the query string, so a computed field cannot be called so; allowed is anything but {reserved}"));
        } else if !fields::is_json_name(&json) {
            errors.on(ident, "a JSON name has ASCII letters, digits and `_` only; call the function otherwise");
        }
        computed.push(Computed {
            alias: format_ident!("__Computed{}_{}", input.ident.unraw(), name, span = ty.span()),
            ident: ident.clone(),
            ty: ty.clone(),
            name,
            json,
        });
    }
    computed
}

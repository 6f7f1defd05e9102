//! Output fields that are no columns.

use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::{check_permission, fields};
use crate::errors::Errors;
use crate::resource::model::{Computed, Field, Input, InputTyped, Relation, Value};
use crate::names;

/// The computed fields, as they are written; several lists add up.
pub(super) fn computed(input: &Input, fields: &[Field], relations: &[Relation], errors: &mut Errors) -> Vec<Computed> {
    let mut computed: Vec<Computed> = Vec::new();
    let lists = input.keys.0.iter().filter_map(|written| match &written.value {
        Value::Typed(list) if written.key.name == "computed" => Some(list),
        _ => None,
    });
    let lists: Vec<_> = lists.map(|list| (list, read(list, fields, errors))).collect();
    for (ident, ty, read) in
        lists.iter().flat_map(|(list, read)| list.items.iter().map(move |(ident, ty)| (ident, ty, read)))
    {
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
            read: read.clone(),
        });
    }
    computed
}

/// Who sees these fields. Each is made of the whole row, so where a field of the row asks for a permission the author says
/// what they ask for.
fn read(list: &InputTyped, fields: &[Field], errors: &mut Errors) -> Option<String> {
    let guarded = fields.iter().find_map(|field| Some((&field.name, field.read.as_ref()?)));
    let first = list.items.first();
    match (&list.read, &list.open, guarded) {
        (Some(_), Some(open), _) => {
            errors.on(open, "`open` contradicts `read`; keep one of them");
        }
        (None, Some(open), None) => {
            errors.on(open, "`open` has no meaning here: no field asks for a permission to be read");
        }
        (None, None, Some((field, permission))) => {
            let name = first.map(|(ident, ty)| format!("{ident}: {}", ty.to_token_stream())).unwrap_or_default();
            errors.on(
                first.map(|(ident, _)| ident),
                format!(
                    "a computed field is made of the whole row, and `{field}` asks for \"{permission}\"; say who sees \
                     it: `computed({name}, read = \"{permission}\")`, or `computed({name}, open)` if it tells nothing of \
                     `{field}`"
                ),
            );
        }
        _ => {}
    }
    let text = list.read.as_ref()?;
    check_permission(text, errors);
    Some(text.value())
}

//! Output fields without a column.

use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::draft::Draft;
use super::{check_permission, fields};
use crate::attributes::TypedInput;
use crate::errors::Errors;
use crate::grammar::{RESERVED, StructKey};
use crate::names;
use crate::resource::model::{Computed, Input, Relation};

/// The computed fields, as they are written; several lists add up.
pub(super) fn check_computed(
    input: &Input,
    drafts: &[Draft],
    relations: &[Relation],
    errors: &mut Errors,
) -> Vec<Computed> {
    let mut computed: Vec<Computed> = Vec::new();
    let lists: Vec<_> =
        input.keys.typed(StructKey::Computed).map(|list| (list, check_read(list, drafts, errors))).collect();
    for (ident, ty, read) in
        lists.iter().flat_map(|(list, read)| list.items.iter().map(move |(ident, ty)| (ident, ty, read)))
    {
        let name = ident.unraw().to_string();
        let json = names::camel(&name);
        let same = |other: &str| {
            format!("the computed field `{name}` and {other} both have the JSON name `{json}`; rename one of them")
        };
        fields::check_storable(ty, "a computed field cannot have this type", errors);
        if computed.iter().any(|other| other.json == json) {
            errors.on(ident, format!("two computed fields have the name `{name}`; remove one of them"));
            continue;
        } else if let Some(draft) = drafts.iter().find(|draft| draft.field.json == json) {
            errors.on(ident, same(&format!("the field `{}`", draft.name())));
        } else if let Some(relation) = relations.iter().find(|relation| relation.json == json) {
            errors.on(ident, same(&format!("the relation `{}`", relation.name)));
        } else if RESERVED.contains(&json.as_str()) {
            let reserved = RESERVED.join(", ");
            errors.on(ident, format!("`{json}` is a reserved word of the query string; give the computed field another name\nreserved: {reserved}"));
        } else if !fields::is_json_name(&json) {
            errors.on(
                ident,
                format!(
                    "\"{json}\" cannot be a name in JSON; rename the function\nallowed: ASCII letters, digits and `_`"
                ),
            );
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

/// Who sees these fields. Each is computed from the whole row, so if a field of the row requires a permission, the
/// attribute must say what the computed fields require.
fn check_read(list: &TypedInput, drafts: &[Draft], errors: &mut Errors) -> Option<String> {
    let guarded = drafts.iter().find_map(|draft| Some((draft.name(), draft.field.read.as_ref()?)));
    match (&list.read, &list.open, guarded, list.items.first()) {
        (Some(_), Some(open), ..) => {
            errors.on(open, "`open` contradicts `read`; remove one of the two");
        }
        (None, Some(open), None, _) => {
            errors.on(open, "`open` has no effect: no field requires a permission to be read; remove it");
        }
        (None, None, Some((field, permission)), Some((ident, ty))) if list.is_complete => {
            let item = format!("{ident}: {}", ty.to_token_stream());
            errors.on(
                ident,
                format!(
                    "`{ident}` is computed from the whole row, and reading `{field}` requires the permission \"{permission}\"; \
                     write `computed({item}, read = \"{permission}\")`, or `computed({item}, open)` if it reveals nothing \
                     about `{field}`"
                ),
            );
        }
        _ => {}
    }
    let text = list.read.as_ref()?;
    check_permission(text, errors);
    Some(text.value())
}

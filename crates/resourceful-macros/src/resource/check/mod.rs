//! [`Input`] to [`Checked`]: every error is reported. A resource with errors becomes an outline, so that code which uses
//! the resource does not fail again because of the same error.

mod access;
mod cache;
mod computed;
mod default;
mod draft;
mod fields;
mod files;
mod lists;
mod names;
mod operations;
mod outline;
mod owner;
mod relations;
mod roles;
mod rules;
mod serde;
mod spelling;
mod unique;

pub(crate) use operations::check_permission;

use syn::ext::IdentExt;

use super::model::{Checked, Input, Outline, Read, Resource, TypeName};
use crate::errors::Errors;
use crate::grammar::StructKey;

/// Checks the struct.
pub(crate) fn check_resource(read: Read, errors: &mut Errors) -> Checked {
    let input = match read {
        Read::Struct(input) => input,
        Read::Other(Some(names)) => return Checked::Names(names),
        Read::Other(None) => return Checked::Nothing,
    };
    let (resource, spelled) = check_struct(&input, errors);
    if errors.is_empty() {
        return Checked::Proven(Box::new(resource));
    }
    outline::outline_of(resource.outline, &spelled)
}

/// The resource, complete if no error was found, and how its fields' types are spelled.
fn check_struct(input: &Input, errors: &mut Errors) -> (Resource, Vec<spelling::Spelled>) {
    let type_name = input.ident.unraw().to_string();
    let keys = &input.keys;
    let mut drafts = fields::check_fields(input, errors);
    let id = roles::check_id(&drafts, input, errors);
    let mut relations = relations::check_relations(input, &drafts, errors);
    let owner = owner::check_owner(input, &mut drafts, &relations, errors);
    access::check_access_after_owner(input, &mut drafts, errors);
    let computed = computed::check_computed(input, &drafts, &relations, errors);
    relations::mark_related(&input.ident, &mut relations);
    let names = names::check_names(keys, &type_name, errors);
    let is_owned = !owner.is_empty() || keys.has(StructKey::Owner);
    let operations = operations::check_operations(keys, &names.name, is_owned, errors);
    let (page, sort) = (lists::check_page(keys, errors), lists::check_sort(keys, &drafts, id, errors));
    let search = lists::check_search(keys, &drafts, errors);
    let unique = unique::check_unique(keys, &drafts, errors);
    let cache = cache::check_cache(keys, &drafts, &computed, &operations, errors);
    for draft in &mut drafts {
        draft.decide_bodies();
    }
    let (mut outlines, mut fields, mut spelled) = (Vec::new(), Vec::new(), Vec::new());
    for draft in drafts {
        outlines.push(draft.outline);
        fields.push(draft.field);
        spelled.push(draft.spelled);
    }
    let outline = Outline {
        krate: crate::names::krate(keys.path(StructKey::Crate)),
        inner_vis: names::seen_from_module(&input.vis),
        vis: input.vis.clone(),
        ident: input.ident.clone(),
        module: names.module,
        name: names.name,
        fields: outlines,
        id: id.unwrap_or(0),
        id_type: TypeName::Own,
        relations,
        computed,
        has_policy: keys.has(StructKey::Policy),
        has_hooks: keys.has(StructKey::Hooks),
    };
    let resource = Resource {
        outline,
        fields,
        doc: input.doc.clone(),
        was: names::check_was(keys.text(StructKey::Was), &names.table, "table", errors),
        table: names.table,
        path: names.path,
        tag: names.tag,
        owner,
        operations,
        page,
        sort,
        cache,
        checks: keys.paths(StructKey::Check),
        unique,
        search,
        require_match: keys.has(StructKey::RequireMatch),
        policy: keys.word(StructKey::Policy).cloned(),
        hooks: keys.word(StructKey::Hooks).cloned(),
    };
    (resource, spelled)
}

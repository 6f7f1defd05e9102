//! [`Checked`] to declarations. No decision is taken here: what is emitted are names, literals and calls of the
//! runtime. Each emitter has a file of its own, and so has what it writes, in `tests/expected`.

mod entity;
mod fields;
mod frame;
mod inputs;
mod proofs;
mod relations;
mod resource_impl;
mod service;
mod source;
mod spec;
mod words;

use proc_macro2::TokenStream;
use quote::quote;

use super::model::{Checked, Names};
use source::Source;

/// The name of an emitter, and what it wrote.
pub(crate) type Emitted = (&'static str, TokenStream);

/// Everything that is emitted for a resource.
pub(crate) fn emit_resource(checked: &Checked) -> TokenStream {
    match checked {
        Checked::Proven(resource) => {
            let (proofs, declarations) = (proofs::emit_proofs(resource), emit_declarations(resource.as_ref()));
            quote!(#proofs #declarations)
        }
        Checked::Outline(outline) => emit_declarations(outline.as_ref()),
        Checked::Names(names) => emit_names(names),
        Checked::Nothing => TokenStream::new(),
    }
}

fn emit_declarations(source: &impl Source) -> TokenStream {
    let siblings = sibling_items(source).into_iter().map(|(_, tokens)| tokens);
    let items = module_items(source).into_iter().map(|(_, tokens)| tokens).collect();
    let module = frame::emit_module(source.outline(), &items);
    quote!(#(#siblings)* #module)
}

/// What is next to the struct, where the user's own paths and expressions resolve.
fn sibling_items(source: &impl Source) -> [Emitted; 4] {
    [
        ("is_model", frame::emit_is_model(source.outline())),
        ("module_only", frame::emit_module_only(source.outline())),
        ("aliases", fields::emit_aliases(source.outline())),
        ("resource_impl", resource_impl::emit_resource_impl(source)),
    ]
}

/// What is in the generated module.
fn module_items(source: &impl Source) -> [Emitted; 16] {
    let [create, update, patch] = inputs::emit_inputs(source);
    [
        ("field_tables", fields::emit_tables(source)),
        ("entity", entity::emit_entity(source.outline())),
        ("model", entity::model::emit_model(source)),
        ("columns", entity::columns::emit_columns(source.outline())),
        ("primary_key", entity::primary_key::emit_primary_key(source)),
        ("entity_relations", entity::relations::emit_relations(source)),
        ("active_model", entity::active_model::emit_active_model(source)),
        ("active_model_trait", entity::active_model::emit_active_model_trait(source)),
        ("active_values", entity::active_values::emit_active_values(source)),
        ("create", create),
        ("update", update),
        ("patch", patch),
        ("service", service::emit_service(source.outline())),
        ("spec", spec::emit_spec(source)),
        ("permissions", spec::emit_permissions(source.outline())),
        ("relations", relations::emit_relations(source.outline())),
    ]
}

/// For an item that is not a struct with named fields: the module with only names in it.
fn emit_names(names: &Names) -> TokenStream {
    let Names { vis, module } = names;
    quote! {
        #[allow(missing_docs)]
        #vis mod #module {
            pub struct Entity;
            pub struct Create;
            pub struct Update;
            pub struct Patch;
            pub struct Service;
        }
    }
}

/// What each emitter writes, for the tests.
#[cfg(test)]
pub(crate) fn emitters(checked: &Checked) -> Vec<Emitted> {
    fn declarations(source: &impl Source) -> Vec<Emitted> {
        let module = frame::emit_module(source.outline(), &TokenStream::new());
        sibling_items(source).into_iter().chain([("module", module)]).chain(module_items(source)).collect()
    }
    match checked {
        Checked::Proven(resource) => {
            let proofs = ("proofs", proofs::emit_proofs(resource));
            std::iter::once(proofs).chain(declarations(resource.as_ref())).collect()
        }
        Checked::Outline(outline) => declarations(outline.as_ref()),
        Checked::Names(names) => vec![("names", emit_names(names))],
        Checked::Nothing => Vec::new(),
    }
}

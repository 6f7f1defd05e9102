//! [`Resource`] to declarations. No decision is taken here: what is emitted are names, literals and calls of the
//! runtime.

mod entity;
mod inputs;
mod proofs;
mod service;
mod spec;

pub(crate) mod fallback;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::model::{Field, Resource};

/// Everything that a resource is.
pub(crate) fn resource(resource: &Resource) -> TokenStream {
    let proofs = proofs::proofs(resource);
    let declarations = declarations(resource);
    quote!(#proofs #declarations)
}

fn declarations(resource: &Resource) -> TokenStream {
    let Resource { vis, ident, module, .. } = resource;
    let aliases = aliases(resource);
    let beside = spec::beside(resource);
    let inside = [
        entity::inside(resource),
        inputs::inside(resource),
        service::inside(resource),
        spec::inside(resource),
    ];
    let doc = format!("What `#[derive(Resource)]` makes of [`{0}`](super::{0}).", ident);
    quote! {
        #aliases
        #beside
        #[doc = #doc]
        #vis mod #module {
            #(#inside)*
        }
    }
}

/// Names for the user's types that nothing in the module can shadow.
fn aliases(resource: &Resource) -> TokenStream {
    let fields = resource.fields.iter().map(|field| (&field.alias, &field.ty));
    let relations = resource.relations.iter().map(|relation| (&relation.alias, &relation.target));
    let aliases = fields.chain(relations).map(|(alias, ty)| {
        quote_spanned! {ty.span()=>
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            type #alias = #ty;
        }
    });
    quote!(#(#aliases)*)
}

/// The type of the id, as the generated module names it.
fn id_type(resource: &Resource) -> TokenStream {
    let alias = &resource.fields[resource.id].alias;
    if resource.has_sound_id { quote!(super::#alias) } else { quote!(::core::primitive::i32) }
}

/// The doc comment of what is made of a field: the user's, or its name.
fn field_doc(field: &Field) -> String {
    if field.doc.is_empty() { format!("`{}`", field.name) } else { field.doc.clone() }
}

/// The runtime's variant of this name.
fn runtime_variant(value: impl std::fmt::Debug) -> proc_macro2::Ident {
    format_ident!("{}", format!("{value:?}"))
}

/// `Some(..)` or `None`, by absolute paths.
fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

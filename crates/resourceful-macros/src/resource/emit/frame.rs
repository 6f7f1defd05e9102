//! The generated module around what is in it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;

use super::words::runtime_at;
use crate::resource::model::Outline;

/// Says first of all that a resource needs `Clone` and `Debug`: SeaORM requires them in many places.
pub(super) fn emit_is_model(outline: &Outline) -> TokenStream {
    let (ident, span) = (&outline.ident, outline.ident.span());
    let rt = runtime_at(&outline.krate, span);
    let value = quote_spanned!(span=> ::core::option::Option::None);
    let declared = quote_spanned!(span=> const _: ::core::option::Option<#rt::assert::Model<#ident>> = #value;);
    quote!(#declared)
}

/// A name that exists only next to a struct in a module. Within a function, `super` is the module around the function
/// and not the function: the first error is then that this name was not found, and the name explains why.
pub(super) fn emit_module_only(outline: &Outline) -> TokenStream {
    let module_only = module_only(outline);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        type #module_only = ();
    }
}

/// The module with these items.
pub(super) fn emit_module(outline: &Outline, items: &TokenStream) -> TokenStream {
    let Outline { vis, ident, module, .. } = outline;
    let module_only = module_only(outline);
    let doc = format!("What `#[derive(Resource)]` generates for [`{ident}`](super::{ident}).");
    let in_a_module = quote_spanned!(ident.span()=> const _: super::#module_only = (););
    quote! {
        #[doc = #doc]
        #[allow(deprecated)]
        #vis mod #module {
            #in_a_module
            #items
        }
    }
}

fn module_only(outline: &Outline) -> Ident {
    let ident = outline.ident.unraw();
    format_ident!("__{ident}_must_be_declared_in_a_module_and_not_inside_a_function", span = ident.span())
}

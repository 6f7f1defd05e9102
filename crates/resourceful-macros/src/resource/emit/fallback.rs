//! What is emitted beside errors, so that code which uses the resource does not fail because of them.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{DeriveInput, Visibility};

use crate::resource::model::Resource;
use crate::names;
use crate::resource::check;

/// The declarations of a struct that did not pass its checks: every name, type and signature, no body.
pub(crate) fn unproven(mut resource: Resource) -> TokenStream {
    if resource.fields.is_empty() {
        return names_only(&resource.vis, &resource.module);
    }
    resource.proven = false;
    super::declarations(&resource)
}

/// For an item that is no struct with named fields: the module with nothing in it but names.
pub(crate) fn resource(item: &DeriveInput) -> TokenStream {
    names_only(&item.vis, &check::identifier(&names::snake(&item.ident.unraw().to_string())))
}

fn names_only(vis: &Visibility, module: &Ident) -> TokenStream {
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

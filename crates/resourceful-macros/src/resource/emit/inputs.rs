//! `Create`, `Update` and `Patch`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Visibility;
use syn::spanned::Spanned;

use super::{body, field_doc, field_of, field_type};
use crate::resource::model::{Field, Resource};

/// The three bodies.
pub(super) fn inside(resource: &Resource) -> TokenStream {
    let fields = || resource.fields.iter().enumerate();
    let create = Body {
        resource,
        ident: format_ident!("Create"),
        doc: "The body of POST: `new` takes what a row cannot do without, one method for each field sets the rest.",
        fields: fields()
            .filter(|(_, field)| field.is_creatable())
            .map(|(at, field)| (at, field, field.is_required()))
            .collect(),
    };
    let update = Body {
        resource,
        ident: format_ident!("Update"),
        doc: "The body of PUT: what is not given becomes null or its default.",
        fields: fields()
            .filter(|(_, field)| field.is_updatable())
            .map(|(at, field)| (at, field, field.is_required()))
            .collect(),
    };
    let patch = Body {
        resource,
        ident: format_ident!("Patch"),
        doc: "The body of PATCH: what is not given stays.",
        fields: fields().filter(|(_, field)| field.is_updatable()).map(|(at, field)| (at, field, false)).collect(),
    };
    let bodies = [create, update, patch].map(|body| body.emit());
    quote!(#(#bodies)*)
}

/// One body: each field with its place in the struct, and whether `new` takes it.
struct Body<'a> {
    resource: &'a Resource,
    ident: Ident,
    doc: &'static str,
    fields: Vec<(usize, &'a Field, bool)>,
}

impl Body<'_> {
    fn emit(&self) -> TokenStream {
        let Resource { krate, inner_vis, .. } = self.resource;
        let rt = quote!(#krate::__private);
        let Self { ident, doc, .. } = self;
        let declared = self.fields.iter().map(|(_, field, required)| {
            let (vis, name, ty, doc) = (&field.vis, &field.ident, field_type(field), field_doc(field));
            let ty = if *required { ty } else { quote!(::core::option::Option<#ty>) };
            quote!(#[doc = #doc] #vis #name: #ty)
        });
        let constructor = self.constructor();
        let setters = self.fields.iter().map(|(_, field, required)| setter(field, *required));
        let assigned = self.fields.iter().map(|(at, field, required)| {
            let (name, of) = (&field.ident, field_of(field));
            let value = if *required { quote!(::core::option::Option::Some(self.#name)) } else { quote!(self.#name) };
            quote_spanned!(field.ty.span()=> #of.assign(&mut __assignments, #at, #value);)
        });
        let all_optional = self.fields.iter().all(|(.., required)| !required);
        let default = all_optional.then(|| quote!(#[derive(::core::default::Default)]));
        let count = self.fields.len();
        let body = body(
            self.resource,
            quote! {
                let mut __assignments = ::std::vec::Vec::with_capacity(#count);
                #(#assigned)*
                __assignments
            },
        );
        quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #default
            #inner_vis struct #ident {
                #(#declared,)*
            }
            impl #ident {
                #constructor
                #(#setters)*
            }
            #[automatically_derived]
            impl #rt::Input for #ident {
                #[allow(unused_mut)]
                fn into_assignments(self) -> #rt::Assignments {
                    #body
                }
            }
        }
    }

    fn constructor(&self) -> TokenStream {
        let required = self.fields.iter().filter(|(.., required)| *required).map(|(_, field, _)| *field);
        let vis = narrowest(required.clone());
        let parameters = required.map(|field| {
            let (name, ty) = (&field.ident, argument(field));
            quote!(#name: #ty)
        });
        let values = self.fields.iter().map(|(_, field, required)| {
            let name = &field.ident;
            match (required, field.spelled.is("String")) {
                (true, true) => quote!(#name: ::core::convert::Into::into(#name)),
                (true, false) => quote!(#name),
                (false, _) => quote!(#name: ::core::option::Option::None),
            }
        });
        quote! {
            /// With nothing but what is required.
            #[allow(clippy::too_many_arguments)]
            #vis fn new(#(#parameters),*) -> Self {
                Self { #(#values,)* }
            }
        }
    }
}

fn setter(field: &Field, required: bool) -> TokenStream {
    let (vis, name, ty, doc) = (&field.vis, &field.ident, argument(field), field_doc(field));
    // `new` is the constructor.
    let method = if field.name == "new" { format_ident!("set_new") } else { name.clone() };
    let value = if field.spelled.is("String") { quote!(::core::convert::Into::into(__value)) } else { quote!(__value) };
    let value = if required { value } else { quote!(::core::option::Option::Some(#value)) };
    quote! {
        #[doc = #doc]
        #[must_use]
        #vis fn #method(mut self, __value: #ty) -> Self {
            self.#name = #value;
            self
        }
    }
}

/// What a method takes for the field.
fn argument(field: &Field) -> TokenStream {
    let ty = field_type(field);
    if field.spelled.is("String") { quote!(impl ::core::convert::Into<#ty>) } else { ty }
}

/// A constructor is as visible as the least visible field it takes.
fn narrowest<'a>(fields: impl Iterator<Item = &'a Field>) -> Visibility {
    let mut narrowest = syn::parse_quote!(pub);
    for field in fields {
        match &field.vis {
            Visibility::Public(_) => {}
            Visibility::Restricted(restricted) if restricted.path.is_ident("super") => return field.vis.clone(),
            other => narrowest = other.clone(),
        }
    }
    narrowest
}

//! `Create`, `Update` and `Patch`: the typed bodies.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Visibility;
use syn::spanned::Spanned;

use super::source::Source;
use super::words::{field_doc, field_table, field_type};
use crate::resource::model::{FieldOutline, Outline, Presence};

/// The three bodies.
pub(super) fn emit_inputs(source: &impl Source) -> [TokenStream; 3] {
    let fields = |presence: fn(&FieldOutline) -> Option<Presence>| {
        let fields = source.outline().fields.iter().enumerate();
        fields.filter_map(move |(at, field)| Some(BodyField { at, field, presence: presence(field)? })).collect()
    };
    let create = Body {
        ident: format_ident!("Create"),
        doc: "The body of POST: `new` takes the required fields, and one method for each field sets the others.",
        fields: fields(|field| field.create),
    };
    let update = Body {
        ident: format_ident!("Update"),
        doc: "The body of PUT: a field that is not given becomes null, or its default.",
        fields: fields(|field| field.update),
    };
    let patch = Body {
        ident: format_ident!("Patch"),
        doc: "The body of PATCH: a field that is not given stays as it is.",
        fields: fields(|field| field.update.map(|_| Presence::Optional)),
    };
    [create, update, patch].map(|body| body.emit(source))
}

struct Body<'a> {
    ident: Ident,
    doc: &'static str,
    fields: Vec<BodyField<'a>>,
}

/// A field of a body, with its place in the struct.
struct BodyField<'a> {
    at: usize,
    field: &'a FieldOutline,
    presence: Presence,
}

impl Body<'_> {
    fn emit(&self, source: &impl Source) -> TokenStream {
        let Outline { krate, inner_vis, .. } = source.outline();
        let rt = quote!(#krate::__private);
        let Self { ident, doc, fields } = self;
        let declared = fields.iter().map(BodyField::emit_declaration);
        let constructor = self.emit_constructor();
        let setters = fields.iter().map(BodyField::emit_setter);
        let all_optional = fields.iter().all(|field| field.presence == Presence::Optional);
        let default = all_optional.then(|| quote!(#[derive(::core::default::Default)]));
        let count = fields.len();
        let into_assignments = source.body(|_| {
            let assigned = fields.iter().map(BodyField::emit_assignment);
            quote! {
                let mut __assignments = ::std::vec::Vec::with_capacity(#count);
                #(#assigned)*
                __assignments
            }
        });
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
                    #into_assignments
                }
            }
        }
    }

    fn emit_constructor(&self) -> TokenStream {
        let required = || self.fields.iter().filter(|field| field.presence == Presence::Required);
        let vis = narrowest_of(required().map(|field| field.field));
        let parameters = required().map(|BodyField { field, .. }| {
            let (name, ty) = (&field.ident, emit_argument(field));
            quote!(#name: #ty)
        });
        let values = self.fields.iter().map(|BodyField { field, presence, .. }| {
            let name = &field.ident;
            match (presence, field.is_text) {
                (Presence::Required, true) => quote!(#name: ::core::convert::Into::into(#name)),
                (Presence::Required, false) => quote!(#name),
                (Presence::Optional, _) => quote!(#name: ::core::option::Option::None),
            }
        });
        quote! {
            /// With the required fields only.
            #[allow(clippy::too_many_arguments)]
            #vis fn new(#(#parameters),*) -> Self {
                Self { #(#values,)* }
            }
        }
    }
}

impl BodyField<'_> {
    fn emit_declaration(&self) -> TokenStream {
        let Self { field, presence, .. } = self;
        let (vis, name, ty, doc) = (&field.vis, &field.ident, field_type(field), field_doc(field));
        let ty = match presence {
            Presence::Required => ty,
            Presence::Optional => quote!(::core::option::Option<#ty>),
        };
        quote!(#[doc = #doc] #vis #name: #ty)
    }

    fn emit_assignment(&self) -> TokenStream {
        let Self { at, field, presence } = self;
        let (name, table) = (&field.ident, field_table(field));
        let value = match presence {
            Presence::Required => quote!(::core::option::Option::Some(self.#name)),
            Presence::Optional => quote!(self.#name),
        };
        quote_spanned!(field.ty.span()=> #table.assign(&mut __assignments, #at, #value);)
    }

    fn emit_setter(&self) -> TokenStream {
        let Self { field, presence, .. } = self;
        let (vis, name, ty, doc) = (&field.vis, &field.ident, emit_argument(field), field_doc(field));
        // `new` is already the constructor.
        let method = if field.name == "new" { format_ident!("set_new") } else { name.clone() };
        let value = if field.is_text { quote!(::core::convert::Into::into(__value)) } else { quote!(__value) };
        let value = match presence {
            Presence::Required => value,
            Presence::Optional => quote!(::core::option::Option::Some(#value)),
        };
        quote! {
            #[doc = #doc]
            #[must_use]
            #vis fn #method(mut self, __value: #ty) -> Self {
                self.#name = #value;
                self
            }
        }
    }
}

/// What a method takes for the field.
fn emit_argument(field: &FieldOutline) -> TokenStream {
    let ty = field_type(field);
    if field.is_text { quote!(impl ::core::convert::Into<#ty>) } else { ty }
}

/// A constructor is as visible as the least visible field it takes.
fn narrowest_of<'a>(fields: impl Iterator<Item = &'a FieldOutline>) -> Visibility {
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

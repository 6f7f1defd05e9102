//! The SeaORM entity. Written out by hand rather than derived once more: derives on emitted items cost more to
//! compile, and the fields behind one vtable per type need two `match`es where SeaORM's own entities have nine.

pub(super) mod active_model;
pub(super) mod active_values;
pub(super) mod columns;
pub(super) mod model;
pub(super) mod primary_key;
pub(super) mod relations;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::words::model_bound;
use crate::resource::model::Outline;

/// `Model` and `Entity`.
pub(super) fn emit_entity(outline: &Outline) -> TokenStream {
    let Outline { krate, ident, inner_vis, .. } = outline;
    let rt = quote!(#krate::__private);
    let iden = emit_iden(&rt, &quote!(Entity), &quote!(SPEC.table));
    let doc = format!("The struct [`{ident}`](super::{ident}), under SeaORM's name.");
    let model = model_bound(outline);
    quote! {
        #[doc = #doc]
        #inner_vis type Model = super::#ident;
        /// The table.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::default::Default)]
        #inner_vis struct Entity;
        #iden
        #[automatically_derived]
        impl #rt::sea_orm::EntityName for Entity {
            fn table_name(&self) -> &'static ::core::primitive::str {
                SPEC.table
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::EntityTrait for Entity {
            type Model = #model;
            type ModelEx = #model;
            type ActiveModel = ActiveModel;
            type ActiveModelEx = ActiveModel;
            type Column = Column;
            type Relation = Relation;
            type PrimaryKey = PrimaryKey;
        }
    }
}

/// The name of a table or a column.
fn emit_iden(rt: &TokenStream, ty: &TokenStream, name: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::Iden for #ty {
            fn unquoted(&self) -> &::core::primitive::str {
                #name
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::IdenStatic for #ty {
            fn as_str(&self) -> &'static ::core::primitive::str {
                #name
            }
        }
    }
}

/// SeaORM walks over all columns, keys and relations.
fn emit_iterable(rt: &TokenStream, ty: &TokenStream, variants: &[&Ident]) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::Iterable for #ty {
            type Iterator = ::core::iter::Copied<::core::slice::Iter<'static, Self>>;
            fn iter() -> ::core::iter::Copied<::core::slice::Iter<'static, Self>> {
                const ALL: &[#ty] = &[#(#ty::#variants),*];
                ALL.iter().copied()
            }
        }
    }
}

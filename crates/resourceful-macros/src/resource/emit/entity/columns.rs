//! `Column`: the columns.

use proc_macro2::TokenStream;
use quote::quote;

use super::{emit_iden, emit_iterable};
use crate::resource::emit::words::field_doc;
use crate::resource::model::Outline;

/// The enum and its traits.
pub(crate) fn emit_columns(outline: &Outline) -> TokenStream {
    let Outline { krate, inner_vis, fields, .. } = outline;
    let rt = quote!(#krate::__private);
    let variants: Vec<_> = fields.iter().map(|field| &field.variant).collect();
    let docs = fields.iter().map(field_doc);
    let iterable = emit_iterable(&rt, &quote!(Column), &variants);
    let iden = emit_iden(&rt, &quote!(Column), &quote!(SPEC.fields[*self as ::core::primitive::usize].column));
    quote! {
        /// The columns, in the order of the struct's fields.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum Column {
            #(#[doc = #docs] #variants,)*
        }
        #iterable
        #iden
        #[automatically_derived]
        impl ::core::str::FromStr for Column {
            type Err = #rt::sea_orm::ColumnFromStrErr;
            fn from_str(__name: &::core::primitive::str) -> ::core::result::Result<Self, #rt::sea_orm::ColumnFromStrErr> {
                const ALL: &[Column] = &[#(Column::#variants),*];
                #rt::column_named(&SPEC, __name).map(|__index| ALL[__index])
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::ColumnTrait for Column {
            type EntityName = Entity;
            fn def(&self) -> #rt::sea_orm::ColumnDef {
                #rt::column_def(&SPEC.fields[*self as ::core::primitive::usize])
            }
        }
    }
}

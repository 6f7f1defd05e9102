//! The struct as SeaORM's model: read from a row, and read and written by column.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::resource::emit::source::Source;
use crate::resource::emit::words::field_table;
use crate::resource::model::Outline;

/// The traits of a model.
pub(crate) fn emit_model(source: &impl Source) -> TokenStream {
    let Outline { krate, .. } = source.outline();
    let rt = quote!(#krate::__private);
    let read = source.body(|resource| {
        let reads = resource.outline.fields.iter().zip(&resource.fields).map(|(outline, field)| {
            let (name, table, column) = (&outline.ident, field_table(outline), &field.column);
            quote_spanned!(outline.ty.span()=> #name: (#table.read)(__row, __prefix, #column)?)
        });
        quote!(::core::result::Result::Ok(Self { #(#reads,)* }))
    });
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::FromQueryResult for Model {
            fn from_query_result(
                __row: &#rt::sea_orm::QueryResult,
                __prefix: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #rt::sea_orm::DbErr> {
                Self::from_query_result_nullable(__row, __prefix).map_err(::core::convert::Into::into)
            }
            fn from_query_result_nullable(
                __row: &#rt::sea_orm::QueryResult,
                __prefix: &::core::primitive::str,
            ) -> ::core::result::Result<Self, #rt::sea_orm::TryGetError> {
                #read
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::ModelTrait for Model {
            type Entity = Entity;
            fn get(&self, __column: Column) -> #rt::FieldValue {
                __slot(self, __column).value()
            }
            fn get_value_type(__column: Column) -> #rt::sea_orm::sea_query::ArrayType {
                #rt::array_type(&SPEC.fields[__column as ::core::primitive::usize])
            }
            fn try_set(
                &mut self,
                __column: Column,
                __value: #rt::FieldValue,
            ) -> ::core::result::Result<(), #rt::sea_orm::DbErr> {
                __slot_mut(self, __column).replace(__value)
            }
        }
    }
}

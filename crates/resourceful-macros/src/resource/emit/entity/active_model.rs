//! `ActiveModel`: a row on its way to the database.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::resource::emit::source::Source;
use crate::resource::emit::words::{field_doc, field_table, model_bound, named_type, runtime_at};
use crate::resource::model::Outline;

/// The struct and what it is made from and into.
pub(crate) fn emit_active_model(source: &impl Source) -> TokenStream {
    let outline = source.outline();
    let Outline { krate, ident, inner_vis, fields, .. } = outline;
    let rt = quote!(#krate::__private);
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let (vis, docs) = (fields.iter().map(|field| &field.vis), fields.iter().map(field_doc));
    let types = fields.iter().map(|field| {
        let (ty, rt) = (named_type(field, field.active_type), runtime_at(krate, field.ty.span()));
        quote_spanned!(field.ty.span()=> #rt::sea_orm::ActiveValue<#ty>)
    });
    let tables: Vec<_> = fields.iter().map(field_table).collect();
    let clone = source.body(|_| quote!(Self { #(#idents: (#tables.active_clone)(&self.#idents),)* }));
    let debug = source.body(|_| {
        let fields = quote!(#(.field(#names, &(#tables.active)(&self.#idents).get()))*);
        quote!(__formatter.debug_struct("ActiveModel")#fields.finish())
    });
    let unchanged = source.body(|_| quote!(Self { #(#idents: (#tables.unchanged)(__model.#idents),)* }));
    let unwrapped = source.body(
        |_| quote!(::core::result::Result::Ok(Self { #(#idents: (#tables.unwrap)(__model.#idents, #names)?,)* })),
    );
    let (model, spanned) = (model_bound(outline), runtime_at(krate, ident.span()));
    let into_model = quote_spanned! {ident.span()=>
        #[automatically_derived]
        impl #spanned::sea_orm::TryIntoModel<#model> for ActiveModel {
            fn try_into_model(self) -> ::core::result::Result<Model, #spanned::sea_orm::DbErr> {
                ::core::convert::TryFrom::try_from(self)
            }
        }
    };
    quote! {
        /// A row on its way to the database, for SeaORM's own statements.
        #inner_vis struct ActiveModel {
            #(#[doc = #docs] #vis #idents: #types,)*
        }
        #[automatically_derived]
        impl ::core::clone::Clone for ActiveModel {
            fn clone(&self) -> Self {
                #clone
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Debug for ActiveModel {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #debug
            }
        }
        #[automatically_derived]
        impl ::core::default::Default for ActiveModel {
            fn default() -> Self {
                <Self as #rt::sea_orm::ActiveModelBehavior>::new()
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<Model> for ActiveModel {
            fn from(__model: Model) -> Self {
                #unchanged
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::IntoActiveModel<ActiveModel> for Model {
            fn into_active_model(self) -> ActiveModel {
                ::core::convert::From::from(self)
            }
        }
        #[automatically_derived]
        impl ::core::convert::TryFrom<ActiveModel> for Model {
            type Error = #rt::sea_orm::DbErr;
            fn try_from(__model: ActiveModel) -> ::core::result::Result<Self, #rt::sea_orm::DbErr> {
                #unwrapped
            }
        }
        #into_model
    }
}

/// SeaORM's traits of an active model.
pub(crate) fn emit_active_model_trait(source: &impl Source) -> TokenStream {
    let Outline { krate, fields, .. } = source.outline();
    let rt = quote!(#krate::__private);
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let tables: Vec<_> = fields.iter().map(field_table).collect();
    let not_set = source.body(|_| quote!(Self { #(#idents: (#tables.not_set)(),)* }));
    let defaults = source.body(|_| quote!(Self { #(#idents: (#tables.active_default)(),)* }));
    let value = quote!(#rt::sea_orm::ActiveValue<#rt::FieldValue>);
    quote! {
        #[automatically_derived]
        impl #rt::sea_orm::ActiveModelBehavior for ActiveModel {}
        #[automatically_derived]
        impl #rt::sea_orm::ActiveModelTrait for ActiveModel {
            type Entity = Entity;
            fn take(&mut self, __column: Column) -> #value {
                __active_mut(self, __column).take()
            }
            fn get(&self, __column: Column) -> #value {
                __active(self, __column).get()
            }
            fn set_if_not_equals(&mut self, __column: Column, __value: #rt::FieldValue) {
                __active_mut(self, __column).set_if_not_equals(__value)
            }
            fn try_set(
                &mut self,
                __column: Column,
                __value: #rt::FieldValue,
            ) -> ::core::result::Result<(), #rt::sea_orm::DbErr> {
                __active_mut(self, __column).try_set(__value)
            }
            fn not_set(&mut self, __column: Column) {
                __active_mut(self, __column).clear()
            }
            fn is_not_set(&self, __column: Column) -> ::core::primitive::bool {
                __active(self, __column).is_not_set()
            }
            fn default() -> Self {
                #not_set
            }
            fn default_values() -> Self {
                #defaults
            }
            fn reset(&mut self, __column: Column) {
                __active_mut(self, __column).reset()
            }
        }
    }
}

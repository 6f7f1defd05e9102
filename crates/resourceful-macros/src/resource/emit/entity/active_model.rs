//! `ActiveModel`: a row on its way to the database.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::resource::emit::source::Source;
use crate::resource::emit::words::{active_type, field_doc, for_each_field, model_bound, runtime_at};
use crate::resource::model::{FieldOutline, Outline};

/// The struct and what it is made from and into.
pub(crate) fn emit_active_model(source: &impl Source) -> TokenStream {
    let outline = source.outline();
    let Outline { krate, ident, inner_vis, fields, .. } = outline;
    let rt = quote!(#krate::__private);
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let (vis, docs) = (fields.iter().map(|field| &field.vis), fields.iter().map(field_doc));
    let types = fields.iter().map(|field| active_type(krate, field));
    let mut declared: Vec<_> = idents
        .iter()
        .zip(types)
        .zip(vis.zip(docs))
        .map(|((ident, ty), (vis, doc))| quote!(#[doc = #doc] #vis #ident: #ty))
        .collect();
    // The last field decides whether the compiler knows the size of the struct; the type of the id is always one.
    let id = declared.remove(outline.id);
    declared.push(id);
    let clone = source.body(|_| {
        let fields = for_each_field(
            outline,
            |FieldOutline { ident, .. }, table| quote!(#ident: (#table.active_clone)(&self.#ident)),
        );
        quote!(Self { #(#fields,)* })
    });
    let debug = source.body(|_| {
        let fields = for_each_field(outline, |FieldOutline { ident, name, .. }, table| {
            quote!(__debug.field(#name, &(#table.active)(&self.#ident).get());)
        });
        quote! {
            let mut __debug = __formatter.debug_struct("ActiveModel");
            #(#fields)*
            __debug.finish()
        }
    });
    let unchanged = source.body(|_| {
        let fields = for_each_field(
            outline,
            |FieldOutline { ident, .. }, table| quote!(#ident: (#table.unchanged)(__model.#ident)),
        );
        quote!(Self { #(#fields,)* })
    });
    let unwrapped = source.body(|_| {
        let fields = for_each_field(
            outline,
            |FieldOutline { ident, name, .. }, table| quote!(#ident: (#table.unwrap)(__model.#ident, #name)?),
        );
        quote!(::core::result::Result::Ok(Self { #(#fields,)* }))
    });
    let unset = source.body(|_| emit_unset(outline));
    // The compiler looks at the types of all fields here, and would complain about one that it knows to be wrong, unless the
    // body has that error itself.
    let tables = source.items(|_| {
        let tables = for_each_field(outline, |_, table| quote!(&#table.ty));
        quote!(let _ = [#(#tables),*];)
    });
    let (model, spanned) = (model_bound(outline), runtime_at(krate, ident.span()));
    let into_model = quote_spanned! {ident.span()=>
        #[automatically_derived]
        impl #spanned::sea_orm::TryIntoModel<#model> for ActiveModel {
            fn try_into_model(self) -> ::core::result::Result<Model, #spanned::sea_orm::DbErr> {
                #tables
                ::core::convert::TryFrom::try_from(self)
            }
        }
    };
    quote! {
        /// A row on its way to the database, for SeaORM's own statements.
        #inner_vis struct ActiveModel {
            #(#declared,)*
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
                #unset
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
                #tables
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

/// An active model without values.
fn emit_unset(outline: &Outline) -> TokenStream {
    let fields = for_each_field(outline, |FieldOutline { ident, .. }, table| quote!(#ident: (#table.not_set)()));
    quote!(Self { #(#fields,)* })
}

/// SeaORM's traits of an active model.
pub(crate) fn emit_active_model_trait(source: &impl Source) -> TokenStream {
    let outline = source.outline();
    let Outline { krate, .. } = outline;
    let rt = quote!(#krate::__private);
    let not_set = source.body(|_| emit_unset(outline));
    let defaults = source.body(|_| {
        let fields =
            for_each_field(outline, |FieldOutline { ident, .. }, table| quote!(#ident: (#table.active_default)()));
        quote!(Self { #(#fields,)* })
    });
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

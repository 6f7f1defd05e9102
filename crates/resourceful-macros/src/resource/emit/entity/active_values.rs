//! The fields of a model and of an active model by their columns.

use proc_macro2::TokenStream;
use quote::quote;

use crate::resource::emit::source::Source;
use crate::resource::emit::words::field_table;
use crate::resource::model::Outline;

/// Four functions, one `match` each.
pub(crate) fn emit_active_values(source: &impl Source) -> TokenStream {
    let Outline { krate, fields, .. } = source.outline();
    let rt = quote!(#krate::__private);
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let variants: Vec<_> = fields.iter().map(|field| &field.variant).collect();
    let tables: Vec<_> = fields.iter().map(field_table).collect();
    let slot = source.body(|_| quote!(match __column { #(Column::#variants => (#tables.slot)(&__model.#idents),)* }));
    let slot_mut =
        source.body(|_| quote!(match __column { #(Column::#variants => (#tables.slot_mut)(&mut __model.#idents),)* }));
    let active =
        source.body(|_| quote!(match __column { #(Column::#variants => (#tables.active)(&__model.#idents),)* }));
    let active_mut = source
        .body(|_| quote!(match __column { #(Column::#variants => (#tables.active_mut)(&mut __model.#idents),)* }));
    quote! {
        fn __slot(__model: &Model, __column: Column) -> &dyn #rt::FieldSlot {
            #slot
        }
        fn __slot_mut(__model: &mut Model, __column: Column) -> &mut dyn #rt::FieldSlot {
            #slot_mut
        }
        fn __active(__model: &ActiveModel, __column: Column) -> &dyn #rt::ActiveSlot {
            #active
        }
        fn __active_mut(__model: &mut ActiveModel, __column: Column) -> &mut dyn #rt::ActiveSlot {
            #active_mut
        }
    }
}

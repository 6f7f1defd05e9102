//! The types of fields: names for them, and the runtime's functions of them.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::source::Source;
use super::words::{computed_table, field_table, field_type, runtime_at};
use crate::resource::model::Outline;

/// Names for the user's types that nothing in the module can shadow.
pub(super) fn emit_aliases(outline: &Outline) -> TokenStream {
    let fields = outline.fields.iter().map(|field| (&field.alias, &field.ty));
    let relations = outline.relations.iter().map(|relation| (&relation.alias, &relation.target));
    let through = outline.relations.iter().filter_map(|relation| relation.through());
    let through = through.map(|through| (&through.alias, &through.target));
    let computed = outline.computed.iter().map(|computed| (&computed.alias, &computed.ty));
    let aliases = fields.chain(relations).chain(through).chain(computed).map(|(alias, ty)| {
        quote_spanned! {ty.span()=>
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            type #alias = #ty;
        }
    });
    quote!(#(#aliases)*)
}

/// The runtime's functions of the fields' types, one table for each field, and for each computed one.
pub(super) fn emit_tables(source: &impl Source) -> TokenStream {
    source.items(|resource| {
        let outline = &resource.outline;
        let tables = outline.fields.iter().map(|field| {
            let (span, table, ty) = (field.ty.span(), field_table(field), field_type(field));
            let rt = runtime_at(&outline.krate, span);
            quote_spanned! {span=>
                #[allow(non_upper_case_globals)]
                const #table: #rt::FieldOf<#ty, #rt::sea_orm::ActiveValue<#ty>> = #rt::FieldOf::new();
            }
        });
        let computed = outline.computed.iter().map(|computed| {
            let (span, table, alias) = (computed.ty.span(), computed_table(computed), &computed.alias);
            let rt = runtime_at(&outline.krate, span);
            quote_spanned! {span=>
                #[allow(non_upper_case_globals)]
                pub(super) const #table: #rt::ComputedOf<super::#alias> = #rt::ComputedOf::new();
            }
        });
        quote!(#(#tables)* #(#computed)*)
    })
}

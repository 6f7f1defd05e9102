//! The types of fields: names for them, and the runtime's functions of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::source::Source;
use super::words::{computed_table, field_table, field_type, runtime_at};
use crate::resource::model::Outline;

/// Names for the user's types that nothing in the module can shadow. The target of a relation is its type only if it is a
/// resource: otherwise the compiler says so wherever the name is used, always with the same message at the user's token,
/// which it shows once.
pub(super) fn emit_aliases(outline: &Outline) -> TokenStream {
    let fields = outline.fields.iter().map(|field| (&field.alias, &field.ty));
    let computed = outline.computed.iter().map(|computed| (&computed.alias, &computed.ty));
    let inner = outline.fields.iter().filter_map(|field| field.inner.as_ref()).map(|(alias, ty)| (alias, ty));
    let types = fields.chain(inner).chain(computed).map(|(alias, ty)| emit_alias(alias, ty.span(), &quote!(#ty)));
    let relations = outline.relations.iter().map(|relation| (&relation.alias, &relation.target));
    let through = outline.relations.iter().filter_map(|relation| relation.through());
    let through = through.map(|through| (&through.alias, &through.target));
    let resources = relations.chain(through).map(|(alias, ty)| {
        let rt = runtime_at(&outline.krate, ty.span());
        emit_alias(alias, ty.span(), &quote_spanned!(ty.span()=> <#ty as #rt::assert::IsResource>::Itself))
    });
    quote!(#(#types)* #(#resources)*)
}

fn emit_alias(alias: &Ident, span: Span, ty: &TokenStream) -> TokenStream {
    quote_spanned! {span=>
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        type #alias = #ty;
    }
}

/// The runtime's functions of the fields' types, one table for each field, and for each computed one.
pub(super) fn emit_tables(source: &impl Source) -> TokenStream {
    source.items(|resource| {
        let outline = &resource.outline;
        let tables = outline.fields.iter().map(|field| {
            let (span, table, ty) = (field.ty.span(), field_table(field), field_type(field));
            let rt = runtime_at(&outline.krate, span);
            let of = match &field.inner {
                Some((inner, _)) => quote_spanned!(span=> <super::#inner as #rt::FieldTables>::OptionTable),
                None => quote_spanned!(span=> <#ty as #rt::FieldTables>::Table),
            };
            quote_spanned! {span=>
                #[allow(non_upper_case_globals)]
                const #table: #of = <#of as #rt::Table>::NEW;
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

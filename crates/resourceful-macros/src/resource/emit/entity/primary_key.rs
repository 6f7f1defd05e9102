//! `Id` and `PrimaryKey`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{emit_iden, emit_iterable};
use crate::resource::emit::source::Source;
use crate::resource::emit::words::{field_table, named_type};
use crate::resource::model::Outline;

/// The type of the id, the enum and its traits.
pub(crate) fn emit_primary_key(source: &impl Source) -> TokenStream {
    let Outline { krate, inner_vis, fields, id, id_type, .. } = source.outline();
    let rt = quote!(#krate::__private);
    let id = &fields[*id];
    let (variant, ty) = (&id.variant, named_type(id, *id_type));
    let auto_increment = source.body(|_| {
        let table = field_table(id);
        quote!(#table.is_made_by_the_database())
    });
    let iterable = emit_iterable(&rt, &quote!(PrimaryKey), &[variant]);
    let iden = emit_iden(&rt, &quote!(PrimaryKey), &quote!(SPEC.id_field().column));
    quote! {
        /// The type of the id.
        #inner_vis type Id = #ty;
        /// The primary key.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum PrimaryKey {
            /// The id.
            #variant,
        }
        #iterable
        #iden
        #[automatically_derived]
        impl #rt::sea_orm::PrimaryKeyTrait for PrimaryKey {
            type ValueType = Id;
            fn auto_increment() -> ::core::primitive::bool {
                #auto_increment
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::PrimaryKeyToColumn for PrimaryKey {
            type Column = Column;
            fn into_column(self) -> Column {
                Column::#variant
            }
            fn from_column(__column: Column) -> ::core::option::Option<Self> {
                match __column {
                    Column::#variant => ::core::option::Option::Some(Self::#variant),
                    #[allow(unreachable_patterns)]
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

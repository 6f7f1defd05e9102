//! The implementations that make an enum a field's type.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;

use super::model::{Checked, Enum, Outline};

/// The implementations; when there were errors, without bodies.
pub(crate) fn emit_enum(checked: &Checked) -> TokenStream {
    match checked {
        Checked::Proven(proven) => {
            let (data, field_type) = (emit_data(proven), emit_field_type(&proven.outline));
            quote!(#data #field_type)
        }
        Checked::Outline(outline) => {
            let (data, field_type) = (emit_empty_data(outline), emit_field_type(outline));
            quote!(#data #field_type)
        }
        Checked::Nothing => TokenStream::new(),
    }
}

/// `impl ResourceEnum`
fn emit_data(proven: &Enum) -> TokenStream {
    let Enum { outline, doc, variants } = proven;
    let (ident, spec) = (&outline.ident, emit_spec_path(outline));
    let idents: Vec<&Ident> = variants.iter().map(|variant| &variant.ident).collect();
    let places = 0..variants.len();
    let variants = variants.iter().map(|variant| {
        let (value, doc) = (&variant.value, &variant.doc);
        quote!(#spec::VariantSpec { value: #value, doc: #doc })
    });
    let index = quote!(match self { #(Self::#idents => #places,)* });
    let from_index = quote! {
        const ALL: &[#ident] = &[#(#ident::#idents),*];
        ALL.get(__index).copied()
    };
    emit_resource_enum(outline, doc, &quote!(&[#(#variants),*]), &index, &from_index)
}

/// `impl ResourceEnum` of an enum whose variants may be the error.
fn emit_empty_data(outline: &Outline) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    emit_resource_enum(outline, "", &quote!(&[]), &unreachable, &unreachable)
}

fn emit_resource_enum(
    outline: &Outline,
    doc: &str,
    variants: &TokenStream,
    index: &TokenStream,
    from_index: &TokenStream,
) -> TokenStream {
    let Outline { krate, ident } = outline;
    let (spec, name) = (emit_spec_path(outline), ident.unraw().to_string());
    quote! {
        #[automatically_derived]
        impl #krate::__private::ResourceEnum for #ident {
            const SPEC: &'static #spec::EnumSpec = &#spec::EnumSpec {
                name: #name,
                doc: #doc,
                variants: #variants,
                postgres_type: ::core::option::Option::None,
            };
            fn index(self) -> ::core::primitive::usize {
                #index
            }
            fn from_index(__index: ::core::primitive::usize) -> ::core::option::Option<Self> {
                #from_index
            }
        }
    }
}

fn emit_spec_path(outline: &Outline) -> TokenStream {
    let krate = &outline.krate;
    quote!(#krate::spec)
}

/// The implementations that make it a field type, for the runtime and for SeaORM.
fn emit_field_type(outline: &Outline) -> TokenStream {
    let Outline { krate, ident } = outline;
    let (rt, spec, name) = (quote!(#krate::__private), emit_spec_path(outline), ident.unraw().to_string());
    let query = quote!(#rt::sea_orm::sea_query);
    quote! {
        #[automatically_derived]
        impl #rt::FieldType for #ident {
            type Scalar = Self;
            const TYPE: #spec::TypeSpec = #rt::enum_type::<Self>();
            fn into_value(self) -> #rt::FieldValue {
                #rt::enum_into_value(self)
            }
            fn from_value(__value: #rt::FieldValue) -> ::core::result::Result<Self, #rt::WrongType> {
                #rt::enum_from_value(__value)
            }
        }
        #[automatically_derived]
        impl #rt::Scalar for #ident {}
        #[automatically_derived]
        impl #rt::FieldTables for #ident {
            type Active = #rt::sea_orm::ActiveValue<Self>;
            type ActiveOption = #rt::sea_orm::ActiveValue<::core::option::Option<Self>>;
            type Table = #rt::FieldOf<Self, Self::Active>;
            type OptionTable = #rt::FieldOf<::core::option::Option<Self>, Self::ActiveOption>;
        }
        #[automatically_derived]
        impl ::core::convert::From<#ident> for #rt::FieldValue {
            fn from(__value: #ident) -> Self {
                #rt::enum_into_value(__value)
            }
        }
        #[automatically_derived]
        impl #query::ValueType for #ident {
            fn try_from(__value: #rt::FieldValue) -> ::core::result::Result<Self, #query::ValueTypeErr> {
                #rt::enum_from_value(__value).map_err(|_| #query::ValueTypeErr)
            }
            fn type_name() -> ::std::string::String {
                ::core::convert::From::from(#name)
            }
            fn array_type() -> #query::ArrayType {
                #query::ArrayType::String
            }
            fn column_type() -> #query::ColumnType {
                #query::ColumnType::String(#query::StringLen::None)
            }
        }
        #[automatically_derived]
        impl #query::Nullable for #ident {
            fn null() -> #rt::FieldValue {
                #rt::FieldValue::String(::core::option::Option::None)
            }
        }
        #[automatically_derived]
        impl #rt::sea_orm::TryGetable for #ident {
            fn try_get_by<__Index: #rt::sea_orm::ColIdx>(
                __row: &#rt::sea_orm::QueryResult,
                __index: __Index,
            ) -> ::core::result::Result<Self, #rt::sea_orm::TryGetError> {
                #rt::enum_read(__row, __index)
            }
        }
    }
}

//! `#[derive(ResourceEnum)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, LitStr, Path, Variant};

use crate::errors::{self, Errors};
use crate::grammar::Place;
use crate::resource::model::Keys;
use crate::names;
use crate::resource::{check, parse};

/// The implementations, or what stands in for them beside errors.
pub(crate) fn expand(item: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let keys = parse::attributes(&item.attrs, Place::Enum, errors);
    if !item.generics.params.is_empty() {
        errors.on(&item.generics, "an enum that is a field's type cannot be generic");
        return TokenStream::new();
    }
    let Data::Enum(data) = &item.data else {
        errors.on(&item.ident, "`ResourceEnum` is for enums; derive `Resource` for a struct");
        return TokenStream::new();
    };
    if data.variants.is_empty() {
        errors.on(&item.ident, "an enum without variants has no value that a field could hold");
    }
    let case = case(&keys, errors);
    let mut variants: Vec<(&Variant, String)> = Vec::new();
    for variant in &data.variants {
        let keys = parse::attributes(&variant.attrs, Place::Variant, errors);
        if !matches!(variant.fields, Fields::Unit) {
            errors.on(&variant.fields, "a variant holds no data: it is stored as its name");
        }
        let ident = variant.ident.unraw().to_string();
        let value = match keys.text("rename") {
            Some(text) => text.value(),
            None => names::in_case(&ident, &case).unwrap_or(ident),
        };
        let span = keys.text("rename").map_or(variant.ident.span(), LitStr::span);
        if value.is_empty() || value.contains(',') || value.chars().any(char::is_control) {
            errors.at(span, "a variant's name is not empty and has neither commas nor control characters: lists in a query are separated by commas");
        } else if let Some((other, _)) = variants.iter().find(|(_, other)| *other == value) {
            errors.at(span, format!("`{}` is written \"{value}\" too; rename one of them", other.ident));
        }
        variants.push((variant, value));
    }
    emit(item, &check::krate(&keys), &variants, errors.is_empty())
}

fn case(keys: &Keys, errors: &mut Errors) -> String {
    let Some(text) = keys.text("rename_all") else { return "snake_case".to_owned() };
    let case = text.value();
    if names::CASES.contains(&case.as_str()) {
        return case;
    }
    errors.on(text, errors::unknown("case {}", &case, &names::CASES));
    "snake_case".to_owned()
}

fn emit(item: &DeriveInput, krate: &Path, variants: &[(&Variant, String)], proven: bool) -> TokenStream {
    let ident = &item.ident;
    let rt = quote!(#krate::__private);
    let spec = quote!(#krate::spec);
    let name = ident.unraw().to_string();
    let doc = parse::doc(&item.attrs);
    let idents: Vec<_> = variants.iter().map(|(variant, _)| &variant.ident).collect();
    let places = 0..variants.len();
    let values = variants.iter().map(|(_, value)| value);
    let docs = variants.iter().map(|(variant, _)| parse::doc(&variant.attrs));
    // Beside errors, which may be about the variants, nothing has a body.
    let unproven = quote!(::core::unreachable!());
    let index = if proven { quote!(match self { #(Self::#idents => #places,)* }) } else { unproven.clone() };
    let from_index = quote! {
        const ALL: &[#ident] = &[#(#ident::#idents),*];
        ALL.get(__index).copied()
    };
    let from_index = if proven { from_index } else { unproven };
    let query = quote!(#rt::sea_orm::sea_query);
    quote! {
        #[automatically_derived]
        impl #rt::ResourceEnum for #ident {
            const SPEC: &'static #spec::EnumSpec = &#spec::EnumSpec {
                name: #name,
                doc: #doc,
                variants: &[#(#spec::VariantSpec { value: #values, doc: #docs }),*],
                postgres_type: ::core::option::Option::None,
            };
            fn index(self) -> ::core::primitive::usize {
                #index
            }
            fn from_index(__index: ::core::primitive::usize) -> ::core::option::Option<Self> {
                #from_index
            }
        }
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

//! The struct and its attributes as they are written.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, Meta, Token};

use super::model::{FieldInput, Input, Names, Read};
use crate::attributes::{doc, read_attributes};
use crate::errors::Errors;
use crate::grammar::StructKey;
use crate::names;

const STRUCT: &str = "`Resource` can be derived for structs with named fields only";

/// Reads the item.
pub(crate) fn read_resource(item: TokenStream, errors: &mut Errors) -> Read {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => {
            errors.push(error);
            return Read::Other(None);
        }
    };
    let mut keys = read_attributes(&item.attrs, errors);
    let generic = !item.generics.params.is_empty();
    if generic {
        errors.on(&item.generics, "a resource cannot be generic, since it is one table; remove the parameters");
    }
    let named = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            _ => {
                errors.on(&item.ident, format!("{STRUCT}; write `struct Project {{ id: Uuid, .. }}`"));
                None
            }
        },
        Data::Enum(data) => {
            errors.on(data.enum_token, format!("{STRUCT}; derive `ResourceEnum` for an enum that is a field's type"));
            None
        }
        Data::Union(data) => {
            errors.on(data.union_token, format!("{STRUCT}, not for unions"));
            None
        }
    };
    if generic {
        let module = names::identifier(&names::snake(&item.ident.unraw().to_string()));
        return Read::Other(Some(Names { vis: item.vis, module }));
    }
    let fields = match named {
        Some(named) => named.iter().filter_map(|field| read_field(field, errors)).collect(),
        // What else is written refers to fields that are not there. As a resource of one field, it is not said to be none
        // wherever it is used.
        None => {
            keys.0.retain(|written| matches!(written.key.id, StructKey::Module | StructKey::Crate));
            let stand_in: syn::FieldsNamed = syn::parse_quote!({ pub id: ::core::primitive::i32 });
            stand_in.named.iter().filter_map(|field| read_field(field, errors)).collect()
        }
    };
    Read::Struct(Box::new(Input { doc: doc(&item.attrs), vis: item.vis, ident: item.ident, keys, fields }))
}

fn read_field(field: &syn::Field, errors: &mut Errors) -> Option<FieldInput> {
    Some(FieldInput {
        vis: field.vis.clone(),
        ident: field.ident.clone()?,
        ty: field.ty.clone(),
        doc: doc(&field.attrs),
        keys: read_attributes(&field.attrs, errors),
        serde: serde_words(&field.attrs),
    })
}

/// What `#[serde(..)]` says, as far as it can be read; serde's own derives report the rest.
fn serde_words(attrs: &[Attribute]) -> Vec<Meta> {
    let attrs = attrs.iter().filter(|attr| attr.path().is_ident("serde"));
    let words = attrs.filter_map(|attr| attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    words.flatten().collect()
}

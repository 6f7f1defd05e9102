//! The struct and its attributes as they are written.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields};

use super::model::{FieldInput, Input, Names, Read};
use crate::attributes::{doc, read_attributes};
use crate::errors::Errors;
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
    let keys = read_attributes(&item.attrs, errors);
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
    let fields = named.map(|named| named.iter().filter_map(|field| read_field(field, errors)).collect());
    let Some(fields) = fields.filter(|_| !generic) else {
        let module = names::identifier(&names::snake(&item.ident.unraw().to_string()));
        return Read::Other(Some(Names { vis: item.vis, module }));
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
    })
}

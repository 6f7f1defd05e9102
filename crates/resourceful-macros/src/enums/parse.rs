//! The enum and its attributes as they are written.

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Variant};

use super::model::{Input, VariantInput};
use crate::attributes::{doc, read_attributes};
use crate::errors::Errors;

/// Reads the enum; `None` when the item is something else.
pub(crate) fn read_enum(item: TokenStream, errors: &mut Errors) -> Option<Input> {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let keys = read_attributes(&item.attrs, errors);
    if !item.generics.params.is_empty() {
        errors.on(&item.generics, "an enum that is a field's type cannot be generic; remove the parameters");
        return None;
    }
    let Data::Enum(data) = &item.data else {
        errors.on(&item.ident, "`ResourceEnum` can be derived for enums only; derive `Resource` for a struct");
        return None;
    };
    let variants = data.variants.iter().map(|variant| read_variant(variant, errors)).collect();
    Some(Input { doc: doc(&item.attrs), ident: item.ident, keys, variants })
}

fn read_variant(variant: &Variant, errors: &mut Errors) -> VariantInput {
    VariantInput {
        ident: variant.ident.clone(),
        fields: variant.fields.clone(),
        doc: doc(&variant.attrs),
        keys: read_attributes(&variant.attrs, errors),
    }
}

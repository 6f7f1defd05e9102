//! The attribute and the function as they are written.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};

use super::model::Read;
use crate::attributes::{Keys, read_key};
use crate::errors::Errors;

/// Reads `#[cached(key, ..)]` and the function.
pub(crate) fn read_cached(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> Read {
    let mut keys = Keys::default();
    let parser = |input: ParseStream| {
        while !input.is_empty() {
            read_key(input, &mut keys, errors);
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(arguments) {
        errors.push(error);
    }
    match syn::parse2(item.clone()) {
        Ok(function) => Read::Function { keys, function: Box::new(function) },
        Err(error) => {
            errors.push(error);
            Read::Other(item)
        }
    }
}

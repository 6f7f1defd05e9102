//! The attribute and the function as they are written.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{ItemFn, LitStr, Token};

use super::model::{Input, Read};
use crate::attributes::{Keys, read_key, skip_to_comma};
use crate::errors::Errors;

/// Reads `#[method("path", key, ..)]` and the function.
pub(crate) fn read_endpoint(
    method: &'static str,
    arguments: TokenStream,
    item: TokenStream,
    errors: &mut Errors,
) -> Read {
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return Read::Other(item);
        }
    };
    let (mut path, mut keys) = (None, Keys::default());
    let parser = |input: ParseStream| {
        path = read_path(method, input, errors);
        while !input.is_empty() {
            read_key(input, &mut keys, errors);
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(arguments) {
        errors.push(error);
    }
    Read::Endpoint(Box::new(Input { method, path, keys, function }))
}

/// Reads the path and the comma after it.
fn read_path(method: &str, input: ParseStream, errors: &mut Errors) -> Option<LitStr> {
    match input.parse::<LitStr>() {
        Ok(path) => {
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                errors.at(input.span(), "expected a comma after the path");
                skip_to_comma(input);
            }
            Some(path)
        }
        Err(error) => {
            let span = if input.is_empty() { Span::call_site() } else { error.span() };
            let method = method.to_lowercase();
            errors.at(span, format!("an endpoint needs a path, which comes first; write for example `#[{method}(\"/{{id}}/activate\", ..)]`"));
            None
        }
    }
}

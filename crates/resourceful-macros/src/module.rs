//! A module that is named after a type, for macros that cannot make names.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Path, Token};

use crate::errors::Errors;
use crate::names;

/// A type, the end of the module's name, and the module's items.
pub(crate) struct Input {
    path: Path,
    end: Ident,
    items: TokenStream,
}

/// The module's name and its items.
pub(crate) struct Module {
    name: Ident,
    items: TokenStream,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path: Path = input.parse()?;
        input.parse::<Token![,]>()?;
        let end = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok(Self { path, end, items: input.parse()? })
    }
}

/// Reads the input; `None` after an error.
pub(crate) fn read_module(input: TokenStream, errors: &mut Errors) -> Option<Input> {
    syn::parse2(input).map_err(|error| errors.push(error)).ok()
}

/// Makes the name: a path always has a last segment.
pub(crate) fn check_module(input: Option<Input>, _: &mut Errors) -> Option<Module> {
    let Input { path, end, items } = input?;
    let last = path.segments.last()?;
    let name = format_ident!("{}_{end}", names::snake(&last.ident.to_string()), span = last.ident.span());
    Some(Module { name, items })
}

/// The module, which imports the items around it.
pub(crate) fn emit_module(module: &Option<Module>) -> TokenStream {
    let Some(Module { name, items }) = module else { return TokenStream::new() };
    quote! {
        mod #name {
            #[allow(unused_imports)]
            use super::*;

            #items
        }
    }
}

//! A module that is named after a type, for macros that cannot make names.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Ident, Path, Token};

use crate::names;

/// A type, the end of the module's name, and what stands in it.
pub(crate) struct Input {
    path: Path,
    end: Ident,
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

/// The module, which sees what stands around it.
pub(crate) fn expand(input: Input) -> TokenStream {
    let Input { path, end, items } = input;
    let Some(last) = path.segments.last() else { return TokenStream::new() };
    let module = format_ident!("{}_{end}", names::snake(&last.ident.to_string()), span = last.ident.span());
    quote! {
        mod #module {
            #[allow(unused_imports)]
            use super::*;

            #items
        }
    }
}

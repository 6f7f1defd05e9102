//! `#[resourceful::main]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{ItemFn, Path};

use crate::attributes::{Keys, read_key};
use crate::errors::Errors;
use crate::grammar::MainKey;
use crate::names;

/// The function, or what can be emitted of it after errors.
pub(crate) enum Main {
    /// An async `main`.
    Function { krate: Path, function: Box<ItemFn> },
    /// There were errors: a function with this name.
    Outline { function: Box<ItemFn> },
    /// An item that is not a function, which has been reported.
    Other(TokenStream),
}

/// Reads the attribute and the function.
pub(crate) fn read_main(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> Main {
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
        Ok(function) => Main::Function { krate: names::krate(keys.path(MainKey::Crate)), function: Box::new(function) },
        Err(error) => {
            errors.push(error);
            Main::Other(item)
        }
    }
}

/// Checks the function.
pub(crate) fn check_main(read: Main, errors: &mut Errors) -> Main {
    let Main::Function { krate, function } = read else { return read };
    let sig = &function.sig;
    if sig.asyncness.is_none() {
        errors.on(sig.fn_token, "`main` must be an async function; write `async fn main()`");
    }
    if !sig.generics.params.is_empty() {
        errors.on(&sig.generics, "`main` has no generic parameters; remove them");
    }
    if let Some(variadic) = &sig.variadic {
        errors.on(variadic, "`main` has no arguments; remove them, since the settings come from the environment");
    }
    if !sig.inputs.is_empty() {
        errors.on(&sig.inputs, "`main` has no arguments; remove them, since the settings come from the environment");
    }
    if errors.is_empty() { Main::Function { krate, function } } else { Main::Outline { function } }
}

/// The function as a blocking function.
pub(crate) fn emit_main(checked: &Main) -> TokenStream {
    match checked {
        Main::Function { krate, function } => {
            let ItemFn { attrs, vis, sig, block, .. } = function.as_ref();
            let (ident, output) = (&sig.ident, &sig.output);
            quote! {
                #(#attrs)*
                #vis fn #ident() #output {
                    async fn #ident() #output #block
                    #krate::__private::block_on(#ident())
                }
            }
        }
        Main::Outline { function } => {
            let vis = &function.vis;
            quote!(#vis fn main() {})
        }
        Main::Other(item) => item.clone(),
    }
}

//! `#[resourceful::main]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;

use crate::errors::Errors;

/// The function as one that blocks.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream, errors: &mut Errors) -> TokenStream {
    if !arguments.is_empty() {
        errors.on(&arguments, "`main` takes no arguments: the settings come from the environment");
    }
    let function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return item;
        }
    };
    let ItemFn { attrs, vis, sig, block, .. } = &function;
    if sig.asyncness.is_none() {
        errors.on(sig.fn_token, "`main` is an async function here: write `async fn main()`");
    }
    if !sig.inputs.is_empty() {
        errors.on(&sig.inputs, "`main` takes no arguments");
    }
    if !errors.is_empty() {
        return quote!(#vis fn main() {});
    }
    let (ident, output) = (&sig.ident, &sig.output);
    quote! {
        #(#attrs)*
        #vis fn #ident() #output {
            async fn #ident() #output #block
            ::resourceful::__private::block_on(#ident())
        }
    }
}

//! The pipelines, on tokens that tests can make too.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::resource::{check, emit, parse};
use crate::{endpoint, enums, main_function, module};

/// `#[derive(Resource)]`
pub(crate) fn resource(item: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let emitted = match parse::resource(&item, &mut errors) {
        None => emit::fallback::resource(&item),
        Some(input) => {
            let resource = check::resource(input, &mut errors);
            if errors.is_empty() { emit::resource(&resource) } else { emit::fallback::unproven(resource) }
        }
    };
    with_errors(emitted, errors)
}

/// `#[derive(ResourceEnum)]`
pub(crate) fn resource_enum(item: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let emitted = enums::expand(&item, &mut errors);
    with_errors(emitted, errors)
}

/// `#[get]` to `#[delete]`
pub(crate) fn route(method: &str, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let emitted = endpoint::expand(method, arguments, item, &mut errors);
    with_errors(emitted, errors)
}

/// `#[main]`
pub(crate) fn main_function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let emitted = main_function::expand(arguments, item, &mut errors);
    with_errors(emitted, errors)
}

/// `module_of!`
pub(crate) fn module_of(input: TokenStream) -> TokenStream {
    syn::parse2::<module::Input>(input).map_or_else(syn::Error::into_compile_error, module::expand)
}

fn with_errors(emitted: TokenStream, errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    quote!(#errors #emitted)
}

//! The derives and attribute macros of Resourceful; `resourceful` re-exports them with their documentation.
//!
//! Each macro is the same pipeline, `expand`:
//!
//! | step | takes | makes | reports |
//! |---|---|---|---|
//! | `read_*` | tokens | what is written, by the tables in `grammar` | words that are unknown or out of place |
//! | `check_*` | what is written | the checked item, or its outline when there were errors | parts that do not fit each other |
//! | `emit_*` | what `check_*` made | declarations that call the runtime | nothing |
//!
//! No step stops at its first error: the user sees all of them at once, in `Errors`.
//!
//! | macro | room |
//! |---|---|
//! | `#[derive(Resource)]` | `resource` |
//! | `#[derive(ResourceEnum)]` | `enums` |
//! | `#[get]`, `#[post]`, `#[put]`, `#[patch]`, `#[delete]` | `endpoint` |
//! | `#[cached]` | `cached` |
//! | `#[main]` | `main_function` |
//! | `module_of!` | `module` |
//!
//! They share `grammar` (every word), `attributes` (keys as they are written), `names`, `spans` and `errors`.

mod attributes;
mod cached;
mod durations;
mod endpoint;
mod enums;
mod errors;
mod grammar;
mod main_function;
mod module;
mod names;
mod resource;
mod sizes;
mod spans;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use quote::quote;

use errors::Errors;

/// The pipeline of every macro.
fn expand<Read, Checked>(
    read: impl FnOnce(&mut Errors) -> Read,
    check: impl FnOnce(Read, &mut Errors) -> Checked,
    emit: impl FnOnce(&Checked) -> proc_macro2::TokenStream,
) -> proc_macro2::TokenStream {
    let mut errors = Errors::default();
    let read = read(&mut errors);
    let checked = check(read, &mut errors);
    let (emitted, errors) = (emit(&checked), errors.into_tokens());
    quote!(#errors #emitted)
}

fn resource(item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand(|errors| resource::read_resource(item, errors), resource::check_resource, resource::emit_resource)
}

fn resource_enum(item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand(|errors| enums::read_enum(item, errors), enums::check_enum, enums::emit_enum)
}

fn endpoint(
    method: &'static str,
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> proc_macro2::TokenStream {
    let read = |errors: &mut Errors| endpoint::read_endpoint(method, arguments, item, errors);
    expand(read, endpoint::check_endpoint, endpoint::emit_endpoint)
}

fn main_function(arguments: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let read = |errors: &mut Errors| main_function::read_main(arguments, item, errors);
    expand(read, main_function::check_main, main_function::emit_main)
}

fn cached_function(arguments: proc_macro2::TokenStream, item: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand(|errors| cached::read_cached(arguments, item, errors), cached::check_cached, cached::emit_cached)
}

fn named_module(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand(|errors| module::read_module(input, errors), module::check_module, module::emit_module)
}

#[expect(missing_docs, reason = "documented where `resourceful` re-exports it")]
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(item: TokenStream) -> TokenStream {
    resource(item.into()).into()
}

#[expect(missing_docs, reason = "documented where `resourceful` re-exports it")]
#[proc_macro_derive(ResourceEnum, attributes(resource))]
pub fn derive_resource_enum(item: TokenStream) -> TokenStream {
    resource_enum(item.into()).into()
}

#[expect(missing_docs, reason = "documented where `resourceful` re-exports it")]
#[proc_macro_attribute]
pub fn get(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("GET", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a POST request. Everything else is as with [`macro@get`].
#[proc_macro_attribute]
pub fn post(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("POST", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a PUT request. Everything else is as with [`macro@get`].
#[proc_macro_attribute]
pub fn put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("PUT", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a PATCH request. Everything else is as with [`macro@get`].
#[proc_macro_attribute]
pub fn patch(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("PATCH", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a DELETE request. Everything else is as with [`macro@get`].
#[proc_macro_attribute]
pub fn delete(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("DELETE", arguments.into(), item.into()).into()
}

#[expect(missing_docs, reason = "documented where `resourceful` re-exports it")]
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    main_function(arguments.into(), item.into()).into()
}

#[expect(missing_docs, reason = "documented where `resourceful` re-exports it")]
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    cached_function(arguments.into(), item.into()).into()
}

/// Puts items into a module that is named after a type: `module_of!(Project, security, fn ..)` is `mod project_security`.
#[doc(hidden)]
#[proc_macro]
pub fn module_of(input: TokenStream) -> TokenStream {
    named_module(input.into()).into()
}

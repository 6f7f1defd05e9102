//! The derives and attribute macros of Resourceful; `resourceful` re-exports them with their documentation.
//!
//! Each is a pipeline: `parse` reads tokens by the table in `grammar`, `check` proves that the parts fit each
//! other and reports every mistake at once, `emit` writes declarations that call the runtime.

mod endpoint;
mod entry;
mod enums;
mod errors;
mod grammar;
mod main_function;
mod module;
mod names;
mod resource;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a struct a resource.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(item: TokenStream) -> TokenStream {
    entry::resource(item.into()).into()
}

/// Makes a unit enum a type that fields can have.
#[proc_macro_derive(ResourceEnum, attributes(resource))]
pub fn derive_resource_enum(item: TokenStream) -> TokenStream {
    entry::resource_enum(item.into()).into()
}

/// Makes an async function the answer to GET: `#[get("/path/{parameter}", ..)]`.
///
/// Behind the path stand, in any order:
///
/// | form | is |
/// |---|---|
/// | `requires("projects:read")`, `any("a", "b")`, `all("a", "b")`, `role("admin")`, `scope("read:x")`, `public` | who may call; exactly one |
/// | `query = "any"` | takes query parameters of any name, as often as they are there |
/// | `crate = path` | where the runtime is, if it is not `::resourceful` |
///
/// Arguments are extracted one after another once the caller was let in: `Path<T>` (the parameters of the path),
/// `QueryParams<T>` (the query string), `Json<T>` (the body), `CurrentUser`, `Context`, services, and whatever else actix
/// extracts. Query parameters that no argument reads are refused, as on generated endpoints: one that takes no
/// `QueryParams<T>` accepts none, and one that does accepts the fields of `T`. One that reads the query in another way, by
/// `HttpRequest` say, needs `query = "any"`.
///
/// What is left is a function that gives the endpoint, for `routes.service(..)`.
#[proc_macro_attribute]
pub fn get(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::route("GET", arguments.into(), item.into()).into()
}

/// Makes an async function the answer to POST; its forms are those of [`macro@get`].
#[proc_macro_attribute]
pub fn post(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::route("POST", arguments.into(), item.into()).into()
}

/// Makes an async function the answer to PUT; its forms are those of [`macro@get`].
#[proc_macro_attribute]
pub fn put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::route("PUT", arguments.into(), item.into()).into()
}

/// Makes an async function the answer to PATCH; its forms are those of [`macro@get`].
#[proc_macro_attribute]
pub fn patch(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::route("PATCH", arguments.into(), item.into()).into()
}

/// Makes an async function the answer to DELETE; its forms are those of [`macro@get`].
#[proc_macro_attribute]
pub fn delete(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::route("DELETE", arguments.into(), item.into()).into()
}

/// Runs an async `main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::main_function(arguments.into(), item.into()).into()
}

/// Puts items into a module that is named after a type: `module_of!(Project, security, fn ..)` is `mod project_security`.
#[doc(hidden)]
#[proc_macro]
pub fn module_of(input: TokenStream) -> TokenStream {
    entry::module_of(input.into()).into()
}

//! The derives and attribute macros of Resourceful; `resourceful` re-exports them with their documentation.
//!
//! Each macro is the same pipeline, [`expand`]:
//!
//! | step | takes | makes | reports |
//! |---|---|---|---|
//! | `read_*` | tokens | what is written, by the tables in `grammar` | words that are unknown or out of place |
//! | `check_*` | what is written | what is proven, or what is left of it when there were errors | parts that do not fit each other |
//! | `emit_*` | what `check_*` made | declarations that call the runtime | nothing |
//!
//! No step stops at its first error: the user sees all of them at once, in [`Errors`].
//!
//! | macro | room |
//! |---|---|
//! | `#[derive(Resource)]` | `resource` |
//! | `#[derive(ResourceEnum)]` | `enums` |
//! | `#[get]`, `#[post]`, `#[put]`, `#[patch]`, `#[delete]` | `endpoint` |
//! | `#[main]` | `main_function` |
//! | `module_of!` | `module` |
//!
//! They share `grammar` (every word), `attributes` (keys as they are written), `names` and `errors`.

mod attributes;
mod endpoint;
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

fn named_module(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    expand(|errors| module::read_module(input, errors), module::check_module, module::emit_module)
}

/// Makes a struct a resource.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(item: TokenStream) -> TokenStream {
    resource(item.into()).into()
}

/// Makes an enum without data a type that fields can have.
///
/// ```ignore
/// /// How far a task is.
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
/// pub enum Status {
///     /// Nobody has begun.
///     Open,
///     InProgress,
///     #[resource(rename = "finished")]
///     Done,
/// }
/// ```
///
/// Its values are strings in JSON, in queries and in the database: `"open"`, `"in_progress"` and `"finished"` here. The
/// OpenAPI document has the enum as a schema with its name, its doc comment and these values. A variant that is removed
/// or renamed makes rows with its value unreadable, so migrate them first.
///
/// | key | on | example | what it does |
/// |---|---|---|---|
/// | `rename_all` | the enum | `#[resource(rename_all = "kebab-case")]` | how all variants are written: `snake_case` (the default), `camelCase`, `PascalCase`, `kebab-case`, `SCREAMING_SNAKE_CASE`, `SCREAMING-KEBAB-CASE`, `lowercase` or `UPPERCASE` |
/// | `crate` | the enum | `#[resource(crate = my_crate::resourceful)]` | the path of this crate when it is not a direct dependency |
/// | `rename` | a variant | `#[resource(rename = "finished")]` | how this variant is written |
#[proc_macro_derive(ResourceEnum, attributes(resource))]
pub fn derive_resource_enum(item: TokenStream) -> TokenStream {
    resource_enum(item.into()).into()
}

/// Makes an async function the endpoint of a GET request: `#[get("/path/{parameter}", ..)]`.
///
/// ```ignore
/// /// Lists the reports of a project.
/// #[get("/{id}/reports", requires("projects:read"))]
/// async fn reports(id: Path<Uuid>, filter: QueryParams<Filter>, ctx: Context) -> Result<Json<Vec<Report>>> {
///     ..
/// }
/// ```
///
/// # Path
/// The path comes first. It begins with a slash and has plain words and `{parameters}`; the parameters are the
/// function's `Path<T>`, in order. It is below the prefix of the resource or scope at which the endpoint is registered.
///
/// # Who may call
/// Exactly one of these follows. There is no default: an endpoint without one does not compile.
///
/// | form | example | callers need |
/// |---|---|---|
/// | `requires("permission")` | `requires("projects:admin")` | this permission |
/// | `any("permission", ..)` | `any("projects:read", "projects:admin")` | one of these permissions |
/// | `all("permission", ..)` | `all("projects:read", "projects:admin")` | all of these permissions |
/// | `role("role")` | `role("admin")` | this role |
/// | `scope("scope")` | `scope("read:x")` | a token with this OAuth scope |
/// | `public` | `public` | nothing, not even a token |
///
/// # Options
///
/// | form | what it does |
/// |---|---|
/// | `query = "any"` | takes query parameters of any name; without it, see below |
/// | `crate = path` | the path of this crate when it is not a direct dependency |
///
/// # Arguments and answers
/// Arguments are extracted from the request, one after another, once the caller is admitted: `Path<T>` (the parameters
/// of the path), `QueryParams<T>` (the query string), `Json<T>` (the body), `CurrentUser`, `Context`, services, and
/// everything else that actix extracts. What the function returns is rendered as the response; an `Err` becomes a
/// problem document.
///
/// Query parameters that no argument reads are refused, as on generated endpoints: without `QueryParams<T>` an endpoint
/// accepts none, with it the fields of `T`. An endpoint that reads the query string in another way, such as by
/// `HttpRequest`, needs `query = "any"`.
///
/// The macro replaces the function by one without arguments that returns the endpoint: pass it to `routes.service(..)`.
/// Its doc comment is the endpoint's description in the OpenAPI document.
#[proc_macro_attribute]
pub fn get(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("GET", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a POST request: `#[post("/path/{parameter}", ..)]`. Everything else is as
/// with [`macro@get`].
#[proc_macro_attribute]
pub fn post(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("POST", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a PUT request: `#[put("/path/{parameter}", ..)]`. Everything else is as with
/// [`macro@get`].
#[proc_macro_attribute]
pub fn put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("PUT", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a PATCH request: `#[patch("/path/{parameter}", ..)]`. Everything else is as
/// with [`macro@get`].
#[proc_macro_attribute]
pub fn patch(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("PATCH", arguments.into(), item.into()).into()
}

/// Makes an async function the endpoint of a DELETE request: `#[delete("/path/{parameter}", ..)]`. Everything else is as
/// with [`macro@get`].
#[proc_macro_attribute]
pub fn delete(arguments: TokenStream, item: TokenStream) -> TokenStream {
    endpoint("DELETE", arguments.into(), item.into()).into()
}

/// Runs an async `main` on actix's runtime.
///
/// ```ignore
/// #[resourceful::main]
/// async fn main() -> resourceful::Result<()> {
///     App::from_env()?.resource::<Project>().run().await
/// }
/// ```
///
/// The function is async and has no arguments. `#[resourceful::main(crate = my_crate::resourceful)]` names this crate
/// when it is not a direct dependency; there are no other options, since settings come from the environment.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    main_function(arguments.into(), item.into()).into()
}

/// Puts items into a module that is named after a type: `module_of!(Project, security, fn ..)` is `mod project_security`.
#[doc(hidden)]
#[proc_macro]
pub fn module_of(input: TokenStream) -> TokenStream {
    named_module(input.into()).into()
}

//! Hand-written endpoints: entries of the same table as the generated ones.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::request::query_use::QueryUse;
use crate::http::signature::EndpointDoc;
use crate::spec::Requirement;

/// The future of a response. Not `Send`: actix keeps a request on its worker.
pub type Answer = Pin<Box<dyn Future<Output = HttpResponse>>>;

/// One endpoint as data, with its handler.
#[must_use = "add the endpoint with `routes.service(..)`"]
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the mount point, with a leading slash, or empty.
    pub path: &'static str,
    /// What the caller must hold; checked before anything is extracted.
    pub requires: Requirement,
    /// What it does with the query string.
    pub query: QueryUse,
    /// How many values its arguments take from the path, if their types show it.
    pub path_values: Option<usize>,
    /// The function's name, for the operation's id.
    pub name: &'static str,
    /// The function's doc comment.
    pub doc: &'static str,
    /// Adds what the types of the arguments and of the return value say about themselves.
    pub describe: fn(&mut EndpointDoc),
    /// Extracts the arguments one after another, calls the function and renders its return value.
    pub handler: fn(HttpRequest, Payload) -> Answer,
}

/// What the route macros generate from a function; `routes.service(activate)` takes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an endpoint of Resourceful",
    note = "add `#[get(..)]`, `#[post(..)]`, `#[put(..)]`, `#[patch(..)]` or `#[delete(..)]` of Resourceful to the function"
)]
pub trait Route {
    /// The endpoint.
    fn endpoint(&self) -> Endpoint;
}

#[diagnostic::do_not_recommend]
impl<F: Fn() -> Endpoint> Route for F {
    fn endpoint(&self) -> Endpoint {
        self()
    }
}

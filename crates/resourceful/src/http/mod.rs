//! HTTP: the endpoint table, the one dispatcher in front of it, and answers. Only this room and `app` know actix.

mod access;
mod api;
mod authenticate;
mod body;
pub mod describe;
mod described;
mod dispatch;
pub mod docs;
mod documents;
pub mod endpoint;
mod extract;
pub(crate) mod guard;
mod mistakes;
mod mount;
pub mod openapi;
mod operations;
mod portions;
mod problem;
pub mod problem_page;
mod render;
mod require;
mod routes;
mod unread;

pub use api::{Action, ActixScope, Api, ApiResource, ApiRoute, Section};
pub(crate) use documents::document;
#[cfg(feature = "docs")]
pub(crate) use documents::merge_documents;
pub use extract::{Path, QueryParams, crud_from_request, extract, respond};
pub(crate) use mount::scope;
pub use mount::{Mount, mount};
pub use render::{Out, Render};
pub use require::{Require, require};
pub use routes::Routes;

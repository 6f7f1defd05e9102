//! HTTP: the endpoint table, the one dispatcher in front of it, and answers. Only this room and `app` know actix.

mod access;
mod api;
mod authenticate;
mod beside;
mod body;
mod builder;
pub mod describe;
mod described;
mod dispatch;
pub mod docs;
mod documents;
pub mod endpoint;
mod extract;
pub(crate) mod guard;
mod head;
mod host;
mod mistakes;
mod mount;
pub mod openapi;
mod operations;
mod own_path;
mod path_words;
mod portions;
mod prefix;
mod problem;
pub mod problem_page;
mod query_params;
mod render;
mod require;
mod routes;
mod unread;

pub use api::{Action, ActixScope, Api, ApiResource, ApiRoute, Section};
pub(crate) use builder::api_methods;
pub(crate) use documents::document;
#[cfg(feature = "docs")]
pub(crate) use documents::merge_documents;
pub use extract::{Path, crud_from_request, extract, respond};
pub(crate) use mount::services;
pub use mount::{Mount, mount};
pub use prefix::ApiPrefix;
pub use query_params::{QueryParams, QueryUse};
pub use render::{Out, Render};
pub use require::{Require, require};
pub use routes::Routes;

//! HTTP: the table of endpoints, the one dispatcher in front of it, and responses. Only this room and `app` know actix.
//!
//! The files are on floors. Each may use the files of its own floor and of the floors below it, and no two files use each
//! other. From the ground up:
//!
//! | floor | what it does |
//! |---|---|
//! | `path`, `status`, `error_headers`, `signature`, `pages` | the grammar of paths, status numbers, headers of errors, what types say about themselves in the document, HTML pages |
//! | `request` | what a request carries and how it is read: id, state, address, caller, body, path, query; which requests are let in |
//! | `problem` | errors as problem documents, with their headers and pages |
//! | `middleware` | the envelope of every response, requirements around services of actix |
//! | `portions`, `conditional`, `render` | JSON responses, their tags, and conditions on them |
//! | `files` | stored files: ranges, conditions, signed links |
//! | `caching` | answers that the server keeps, and `Cache-Control` |
//! | `operations` | the fifteen operations of a resource |
//! | `file_fields` | the endpoints of fields that are files |
//! | `routing` | the table of endpoints, its validation, and the way into each endpoint |
//! | `access` | `POST /access/explain` |
//! | `openapi` | the OpenAPI document |
//! | `docs`, `mount` | the document and its page on the network, the API as services of actix |

mod access;
mod builder;
mod caching;
pub(crate) mod conditional;
pub mod docs;
mod error_headers;
#[cfg(feature = "storage")]
mod file_fields;
#[cfg(feature = "storage")]
pub(crate) mod files;
pub(crate) mod middleware;
mod mount;
pub mod openapi;
mod operations;
pub(crate) mod pages;
mod path;
mod portions;
mod prefix;
pub mod problem;
mod render;
mod request;
pub mod routing;
pub mod signature;
mod status;

pub(crate) use builder::api_methods;
#[cfg(feature = "storage")]
pub use files::storage_links;
pub use middleware::require::{Require, require};
pub use mount::{Mount, mount};
pub use prefix::ApiPrefix;
pub use render::{Out, Render};
pub use request::client_address::TrustedProxies;
pub use request::extract::{Path, crud_from_request, extract, respond};
pub use request::query_params::QueryParams;
pub use request::query_use::QueryUse;
pub use routing::routes::Routes;
pub use routing::table::{Action, ActixScope, Api, ApiResource, ApiRoute, Section};

pub(crate) use mount::services::services;
pub(crate) use openapi::assemble::document;
#[cfg(feature = "utoipa")]
pub(crate) use openapi::assemble::merge_documents;

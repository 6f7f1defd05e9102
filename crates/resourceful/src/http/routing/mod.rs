//! The table of endpoints, its validation, and the way into each endpoint.

pub(crate) mod dispatch;
pub mod endpoint;
mod reserved_ids;
pub(crate) mod routes;
pub(crate) mod table;
mod validate;

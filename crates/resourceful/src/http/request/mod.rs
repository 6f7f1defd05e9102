//! What a request carries, and how it is read: its id and its state, the caller, the body, the path and the query.

pub(crate) mod admission;
pub(crate) mod admit;
pub(crate) mod authenticate;
pub(crate) mod body;
pub(crate) mod client_address;
pub(crate) mod dpop;
pub(crate) mod extract;
pub(crate) mod gate;
pub(crate) mod host;
pub(crate) mod id;
pub(crate) mod lacking;
pub(crate) mod own_path;
pub(crate) mod query_params;
pub(crate) mod query_use;
pub(crate) mod running;
pub(crate) mod shared;
pub(crate) mod state;
#[cfg(feature = "storage")]
pub(crate) mod upload;

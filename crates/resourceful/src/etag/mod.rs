//! Entity tags and the conditions on them (RFC 9110 sections 8.8.3 and 13.1), as data: they know neither HTTP requests nor
//! the database.
//!
//! The tag of a row has up to two parts, `"7-3fa9c1b2d4e5f607"`. The first is the state of the row, which `If-Match`
//! compares: its version, or a digest of its fields as the caller sees them. The second is a digest of the response, which
//! also changes when only a related row or a computed field does. `If-None-Match` compares the whole.

mod condition;
mod state;
mod tag;

pub(crate) use condition::Answered;
pub use condition::{IfMatch, IntoIfMatch};
pub(crate) use state::{State, of_body};
pub(crate) use tag::EntityTag;

//! The engine: what an operation does once its caller has been admitted.
//!
//! [`Engine`] is compiled once and knows resources only as data; [`Crud`] adds the types of one resource. Reads are in
//! `read`, writes in `write`: every write is a plan that one function executes.

mod cached;
mod crud;
mod decision;
mod engine;
#[cfg(feature = "storage")]
mod files;
#[cfg(feature = "mail")]
mod mailer;
mod ownership;
mod read;
mod related;
mod retry;
mod transaction;
mod typed_query;
mod write;

pub use crud::Crud;
pub(crate) use decision::{RowDecision, RuleMatch, is_match};
pub(crate) use engine::Engine;
#[cfg(feature = "storage")]
pub(crate) use files::{Incoming, Looking, note_missing, shared_folders};
#[cfg(feature = "storage")]
pub use files::{NewFile, OpenFile, Sweep, Swept};
pub(crate) use read::{Columns, Included};
pub use related::Loadable;
pub use transaction::ResourceService;
pub use typed_query::Query;
pub(crate) use write::Provisioning;

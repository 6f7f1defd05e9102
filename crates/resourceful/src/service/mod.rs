//! The engine: what becomes of an operation once the caller has been let in.
//!
//! [`Engine`] is compiled once and knows resources only as data; [`Crud`] gives it the types of one resource.

mod columns;
mod crud;
mod cursor;
mod decision;
mod engine;
mod failure;
mod include;
mod list;
mod provision;
mod refusal;
mod scope;
mod transaction;
mod with;
mod write;

pub(crate) use columns::Columns;
pub use crud::{Crud, Query};
pub(crate) use decision::{RowDecision, RuleMatch, is_match};
pub(crate) use engine::Engine;
#[cfg(feature = "rbac")]
pub(crate) use failure::read as read_failure;
pub(crate) use include::Included;
pub(crate) use provision::Provisioning;
pub use transaction::ResourceService;
pub use with::Loadable;

//! One struct is a whole REST back end.
#![allow(missing_docs)]
pub mod actor;
pub mod context;
pub mod error;
mod page;
pub mod policy;
pub mod query;
pub mod resource;
pub mod rules;
pub mod schema;
mod service;
pub mod spec;

pub use error::{Error, ProblemType, Result};

//! One struct is a whole REST back end.
#![allow(missing_docs)]
pub mod actor;
pub mod error;
pub mod http;
pub mod resource;
pub mod rules;
pub mod spec;

pub use error::{Error, ProblemType, Result};

//! One struct is a whole REST back end.
#![allow(missing_docs)]
pub mod actor;
pub mod auth;
pub mod error;
pub mod resource;
pub mod rules;
pub mod spec;
#[cfg(feature = "testing")]
pub mod testing;

pub use error::{Error, ProblemType, Result};

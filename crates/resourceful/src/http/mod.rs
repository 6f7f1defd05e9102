//! Everything that speaks HTTP.

pub mod describe;
#[cfg(feature = "docs")]
pub mod docs;
pub mod openapi;
pub mod problem_page;

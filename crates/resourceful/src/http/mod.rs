//! Everything that speaks HTTP.

pub mod describe;
pub mod docs;
pub mod openapi;
pub mod problem_page;

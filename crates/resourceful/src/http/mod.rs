//! The HTTP side.

pub mod describe;
pub mod endpoint;

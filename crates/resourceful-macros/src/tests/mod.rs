//! Tests of whole macros.

mod errors;
mod expansions;
mod paths;

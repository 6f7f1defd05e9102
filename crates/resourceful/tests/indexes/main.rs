//! Full-text search and the advised indexes, on real databases.
#![cfg(all(feature = "testing", feature = "sqlite", feature = "postgres"))]

mod advice;
mod full_text;
mod plans;
mod resources;

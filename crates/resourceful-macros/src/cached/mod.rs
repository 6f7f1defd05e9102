//! `#[cached]`: an async function whose values are kept in the application's cache.

mod check;
mod emit;
mod model;
mod parse;
mod template;

pub(crate) use check::check_cached;
pub(crate) use emit::emit_cached;
pub(crate) use parse::read_cached;

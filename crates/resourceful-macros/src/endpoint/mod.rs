//! `#[get]` to `#[delete]`: an async function becomes a row of the endpoint table.

mod arguments;
mod check;
mod emit;
mod model;
mod parse;

pub(crate) use check::check_endpoint;
pub(crate) use emit::emit_endpoint;
pub(crate) use parse::read_endpoint;

//! `#[derive(ResourceEnum)]`

mod check;
mod emit;
mod model;
mod parse;

pub(crate) use check::check_enum;
pub(crate) use emit::emit_enum;
pub(crate) use parse::read_enum;

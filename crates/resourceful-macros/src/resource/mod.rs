//! `#[derive(Resource)]`

mod check;
mod emit;
mod model;
mod parse;

pub(crate) use check::{check_permission, check_resource};
pub(crate) use emit::emit_resource;
#[cfg(test)]
pub(crate) use emit::emitters;
pub(crate) use parse::read_resource;

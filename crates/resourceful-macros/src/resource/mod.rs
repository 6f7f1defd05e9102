//! `#[derive(Resource)]`

pub(crate) mod check;
pub(crate) mod emit;
pub(crate) mod model;
pub(crate) mod parse;

//! The id is unique by itself.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(id, code))]
pub struct Product {
    pub id: Uuid,
    pub code: String,
}

fn main() {}

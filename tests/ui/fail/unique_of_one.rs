//! One field alone says `unique` itself.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(code))]
pub struct Product {
    pub id: Uuid,
    pub code: String,
}

fn main() {}

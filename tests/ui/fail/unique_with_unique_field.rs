//! A field that is unique by itself is unique with any other.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(shop, code))]
pub struct Product {
    pub id: Uuid,
    pub shop: String,
    #[resource(unique)]
    pub code: String,
}

fn main() {}

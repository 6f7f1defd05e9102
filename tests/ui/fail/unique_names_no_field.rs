//! A word that is no field.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(shop, cod))]
pub struct Product {
    pub id: Uuid,
    pub shop: String,
    pub code: String,
}

fn main() {}

//! The same fields again, in another order.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(shop, code), unique(code, shop))]
pub struct Product {
    pub id: Uuid,
    pub shop: String,
    pub code: String,
}

fn main() {}

//! JSON has no equality that both databases agree on.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(shop, notes))]
pub struct Product {
    pub id: Uuid,
    pub shop: String,
    pub notes: resourceful::serde_json::Value,
}

fn main() {}

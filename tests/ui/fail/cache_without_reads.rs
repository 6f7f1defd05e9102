use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(operations(only(create)), cache(ttl = "60s"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

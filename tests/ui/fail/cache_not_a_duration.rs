use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(cache(ttl = "60 seconds"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

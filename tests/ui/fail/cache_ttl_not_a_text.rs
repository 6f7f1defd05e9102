use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(cache(ttl = 300))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

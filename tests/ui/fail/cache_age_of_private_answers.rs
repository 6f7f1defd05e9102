use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(cache(ttl = "60s", max_age = "30s"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

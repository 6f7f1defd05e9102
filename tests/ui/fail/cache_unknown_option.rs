use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(cache(tll = "60s"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

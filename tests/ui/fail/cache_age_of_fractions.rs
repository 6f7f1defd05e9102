use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(public(list), cache(max_age = "1500ms"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

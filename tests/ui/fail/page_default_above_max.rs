use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(page(default = 200))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(hooks)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

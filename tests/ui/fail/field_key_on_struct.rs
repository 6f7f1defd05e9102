use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(filter)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

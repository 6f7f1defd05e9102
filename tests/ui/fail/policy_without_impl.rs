use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(policy)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

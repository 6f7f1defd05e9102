use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id)]
pub struct Thing {
    pub id: Uuid,
    pub owner_id: i32,
}

fn main() {}

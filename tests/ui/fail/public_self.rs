use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id, public(self_list))]
pub struct Thing {
    pub id: Uuid,
    pub owner_id: String,
}

fn main() {}

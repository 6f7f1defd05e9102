use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id, permissions(list = "clubs:read:self"))]
pub struct Club {
    pub id: Uuid,
    pub owner_id: String,
}

fn main() {}

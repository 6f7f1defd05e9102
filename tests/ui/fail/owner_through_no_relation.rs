use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(owner = project.owner_id)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(sort = "-created_at")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

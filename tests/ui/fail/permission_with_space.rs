use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(permissions(list = "look at things"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

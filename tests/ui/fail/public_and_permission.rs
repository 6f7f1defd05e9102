use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(public(list), permissions(list = "things:look"))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

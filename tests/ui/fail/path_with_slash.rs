use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(path = "a/things")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

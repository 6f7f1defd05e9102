use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(read = "look at names")]
    pub name: String,
}

fn main() {}

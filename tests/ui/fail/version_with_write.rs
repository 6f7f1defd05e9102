use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[resource(write = "things:fix")]
    pub version: i64,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[resource(hidden)]
    pub version: i64,
}

fn main() {}

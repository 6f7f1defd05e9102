use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    #[resource(id)]
    pub key: Uuid,
    #[resource(id)]
    pub number: i32,
}

fn main() {}

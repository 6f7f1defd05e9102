use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(one_of("a", 2))]
    pub name: String,
}

fn main() {}

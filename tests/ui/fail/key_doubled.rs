use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(filter, sort, filter)]
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(operations(only(list, fetch)))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(operations(only(self_list)))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

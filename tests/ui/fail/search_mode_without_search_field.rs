use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(search = "full_text")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(tabel = "things")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

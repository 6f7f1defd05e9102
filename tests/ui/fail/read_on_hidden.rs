use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(hidden, default = "x", read = "things:secret")]
    pub name: String,
}

fn main() {}

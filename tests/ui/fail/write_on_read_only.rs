use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(read_only, default = "x", write = "things:name")]
    pub name: String,
}

fn main() {}

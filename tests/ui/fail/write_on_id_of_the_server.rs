use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    #[resource(write = "things:number")]
    pub id: i64,
    pub name: String,
}

fn main() {}

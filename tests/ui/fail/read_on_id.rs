use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    #[resource(read = "things:number")]
    pub id: i64,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(search = "fulltext")]
pub struct Thing {
    pub id: Uuid,
    #[resource(search)]
    pub name: String,
}

fn main() {}

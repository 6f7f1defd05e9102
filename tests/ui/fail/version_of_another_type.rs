use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[resource(version)]
    pub revision: String,
}

fn main() {}

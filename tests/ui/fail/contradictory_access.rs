use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(read_only, write_only)]
    pub name: Option<String>,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(hidden, filter)]
    pub name: Option<String>,
}

fn main() {}

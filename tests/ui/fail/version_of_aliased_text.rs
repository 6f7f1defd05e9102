use resourceful::prelude::*;

type Revision = String;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[resource(version)]
    pub revision: Revision,
}

fn main() {}

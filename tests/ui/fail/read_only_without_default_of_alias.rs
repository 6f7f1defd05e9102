use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(read_only)]
    pub name: Text,
}

type Text = String;

fn main() {}

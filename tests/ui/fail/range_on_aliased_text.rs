use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(range(0..=5))]
    pub name: Text,
}

type Text = String;

fn main() {}

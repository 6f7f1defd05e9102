use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl resourceful::Hooks for Thing {}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    pub version: Option<i64>,
}

fn main() {}

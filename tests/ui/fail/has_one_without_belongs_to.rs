use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_one(cover: Image))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Image {
    pub id: Uuid,
}

fn main() {}

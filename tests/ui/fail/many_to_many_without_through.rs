use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(many_to_many(tags: Tag))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Tag {
    pub id: Uuid,
}

fn main() {}

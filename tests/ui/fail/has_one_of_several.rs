use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_one(cover: Image), has_one(back: Image, via = back_of))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Image {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing), index)]
    pub thing_id: Uuid,
    pub back_of: Uuid,
}

fn main() {}

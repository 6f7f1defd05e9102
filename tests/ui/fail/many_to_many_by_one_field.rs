use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(many_to_many(tags: Tag, through = ThingTag, from = thing_id, to = thing_id))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Tag {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
pub struct ThingTag {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing))]
    pub thing_id: Uuid,
    #[resource(belongs_to(tag: Tag))]
    pub tag_id: Uuid,
}

fn main() {}

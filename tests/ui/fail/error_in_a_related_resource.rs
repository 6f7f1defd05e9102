use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_many(tasks: Task), many_to_many(tags: Tag, through = ThingTag))]
pub struct Thing {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing), indx)]
    pub thing_id: Uuid,
}

#[derive(Clone, Debug, Resource)]
pub struct Tag {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
#[resource(polcy)]
pub struct ThingTag {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing))]
    pub thing_id: Uuid,
    #[resource(belongs_to(tag: Tag))]
    pub tag_id: Uuid,
}

fn main() {
    let _: resourceful::ToMany<Thing, Task> = thing::relations::TASKS;
    let _: resourceful::ToOne<Task, Thing> = task::relations::THING;
}

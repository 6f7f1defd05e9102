use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_many(tasks: Task, via = thing))]
pub struct Thing {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing))]
    pub thing_id: Uuid,
}

fn main() {}

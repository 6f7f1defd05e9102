use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_many(tasks: Task))]
pub struct Thing {
    pub id: Uuid,
}

#[derive(Clone, Debug, Resource)]
pub struct Task {
    pub id: Uuid,
}

fn main() {}

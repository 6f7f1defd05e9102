use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(is_late: bool))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(size: i64))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn size(&self) -> i64 {
        0
    }
}

fn main() {}

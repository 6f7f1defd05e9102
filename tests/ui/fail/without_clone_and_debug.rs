use resourceful::prelude::*;

#[derive(Resource)]
pub struct Thing {
    pub id: Uuid,
}

fn main() {}

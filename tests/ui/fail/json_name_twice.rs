use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub a_b: i32,
    #[resource(rename = "aB")]
    pub other: i32,
}

fn main() {}

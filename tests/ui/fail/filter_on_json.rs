use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(filter)]
    pub data: Json<i32>,
}

fn main() {}

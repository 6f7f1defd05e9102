use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[resource(version)]
    pub first: i64,
    #[resource(version)]
    pub second: i32,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(default = five())]
    pub name: String,
}

fn five() -> i32 {
    5
}

fn main() {}

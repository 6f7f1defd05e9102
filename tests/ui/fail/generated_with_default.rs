use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Line {
    pub id: Uuid,
    #[resource(generated, default = 7)]
    pub total: i32,
}

fn main() {}

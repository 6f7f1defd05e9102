use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: Thing))]
    pub parent_id: Option<i32>,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: String))]
    pub parent_id: Uuid,
}

fn main() {}

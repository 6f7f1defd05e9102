use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: Thing, on_delete = "set_null"))]
    pub parent_id: Uuid,
}

fn main() {}

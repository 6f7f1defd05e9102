use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: Thing, visible = "anyone"))]
    pub parent_id: Option<Uuid>,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: Thing))]
    pub parent: Option<Uuid>,
}

fn main() {}

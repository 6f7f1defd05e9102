use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_one(next: Thing))]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(previous: Thing))]
    pub previous_id: Option<Uuid>,
}

fn main() {}

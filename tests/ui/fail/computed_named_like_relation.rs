use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(parent: String))]
pub struct Thing {
    pub id: Uuid,
    #[resource(belongs_to(parent: Thing))]
    pub parent_id: Option<Uuid>,
}

impl Thing {
    fn parent(&self) -> String {
        String::new()
    }
}

fn main() {}

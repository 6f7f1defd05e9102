use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(is_late: bool))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn is_late(&self) -> String {
        self.name.clone()
    }
}

fn main() {}

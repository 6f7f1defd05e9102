use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(label))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn label(&self) -> String {
        self.name.clone()
    }
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(length: usize))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn length(&self) -> usize {
        self.name.len()
    }
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(age: std::time::Duration))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn age(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

fn main() {}

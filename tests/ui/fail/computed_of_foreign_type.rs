use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(place: std::path::PathBuf))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Thing {
    fn place(&self) -> std::path::PathBuf {
        std::path::PathBuf::new()
    }
}

fn main() {}

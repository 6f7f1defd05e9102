use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub size: std::path::PathBuf,
}

fn main() {}

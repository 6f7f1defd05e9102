use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub size: u64,
}

fn main() {
    let _ = thing::Create::new(1);
}

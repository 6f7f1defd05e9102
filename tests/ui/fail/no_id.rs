use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub name: String,
}

fn main() {
    let _ = thing::Create::new("a");
}

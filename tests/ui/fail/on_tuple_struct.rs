use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing(Uuid);

fn main() {}

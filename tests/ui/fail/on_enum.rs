use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub enum Thing {
    A,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing<T> {
    pub id: Uuid,
    pub value: T,
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(check = even)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

fn even(_: &i32) -> std::result::Result<(), String> {
    Ok(())
}

fn main() {}

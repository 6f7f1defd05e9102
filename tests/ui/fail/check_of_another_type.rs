use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(check = even)]
    pub name: String,
}

fn even(_: &i32) -> std::result::Result<(), String> {
    Ok(())
}

fn main() {}

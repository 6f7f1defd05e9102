use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(check = in_order)]
pub struct Line {
    pub id: Uuid,
    pub amount: i32,
    #[resource(generated)]
    pub total: i32,
}

fn in_order(_: &Line) -> Result<(), String> {
    Ok(())
}

fn main() {}

use resourceful::prelude::*;

#[derive(Clone, Debug)]
pub enum Status {
    Open,
}

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub status: Status,
}

fn main() {
    let _ = thing::Create::new(Status::Open);
}

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

impl Policy for Thing {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::all()
    }
}

fn main() {}

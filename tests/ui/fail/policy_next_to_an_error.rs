use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(policy, pth = "things")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
#[resource(polcy)]
pub struct Other {
    pub id: Uuid,
}

impl Policy for Other {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::all()
    }
}

fn main() {}
